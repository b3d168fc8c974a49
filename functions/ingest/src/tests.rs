use serde_json::{Value, json};
use tocsin_domain::{
    decode::{Agents, EVENT_LIMIT, Intake},
    derived::Policy,
    id::{PseudonymKey, TenantId},
};

use super::*;
use crate::decoding::{decode_part, kept, shown};

fn rejected(index: usize, error: &'static str, id: Option<&str>) -> Rejected {
    let rejection = Rejection::new(error, "time", "send a time");
    Rejected { index, id: id.map(str::to_owned), rejection }
}

#[track_caller]
fn check(response: &Response, status: u16, media_type: &str, expected: &Value) {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()[header::CONTENT_TYPE], media_type);
    assert_eq!(&serde_json::from_slice::<Value>(response.body()).unwrap(), expected);
}

#[test]
fn a_batch_is_refused_only_where_all_of_it_is() {
    let line = json!({
        "index": 1, "id": null, "error": "missing", "field": "time", "detail": "send a time",
    });
    let some = answer(2, vec![rejected(1, "missing", None)]);
    let expected = json!({"accepted": 1, "rejected": [line]});
    check(&some, 202, "application/json", &expected);
    check(&answer(0, Vec::new()), 202, "application/json", &json!({"accepted": 0, "rejected": []}));

    let all = answer(1, vec![rejected(0, "missing", Some("a"))]);
    let line = json!({
        "index": 0, "id": "a", "error": "missing", "field": "time", "detail": "send a time",
    });
    let expected = json!({
        "title": "Bad Request", "status": 400, "field": "time", "detail": "send a time",
        "accepted": 0, "rejected": [line],
    });
    check(&all, 400, "application/problem+json", &expected);
    let foreign = || rejected(0, "foreign_source", None);
    assert_eq!(answer(2, vec![foreign(), foreign()]).status(), 403);
    assert_eq!(answer(2, vec![foreign(), rejected(1, "missing", None)]).status(), 400);
}

#[test]
fn nothing_of_a_person_is_kept_of_what_is_refused() {
    let tenant = TenantId::try_from("t".to_owned()).unwrap();
    let key = PseudonymKey::derive(b"k", &tenant, 1);
    let totals = r#"{"totals":{"jo@example.com":"x"},"agent":"a-77","note":"jo\u0040example.com"}"#;
    let whole = format!(
        r#"{{"specversion":"1.0","id":"jo@example.com","source":"/s","subject":"case-77",
           "type":"cx.record.snapshot","time":"2026-01-05T10:00:00Z","data":{totals}}}"#
    );
    let large = whole.replace("/s", &"x".repeat(EVENT_LIMIT));
    let cut = r#"{"note":"jo\u0040example.com","tel":"+1 415 555 2671"#;
    for text in [whole.as_str(), &large, cut] {
        let (mut chunk, mut agents) = (Chunk::new(tenant.clone(), 0), Agents::new());
        let sources = [String::new()];
        let intake = Intake {
            key: &key,
            sources: &sources,
            now: &|at| at,
            accept_late: 0,
            policy: &Policy::default(),
        };
        let part = Part::Text(text);
        let (event, outcome) = decode_part(&part, 0, &intake, &mut chunk, &mut agents);
        let kept = kept(event.as_ref(), 0, &part, &outcome.unwrap_err(), &key);
        for planted in ["example", "-77", "555 2671"] {
            assert!(!kept.masked.contains(planted), "{planted} in {}", kept.masked);
            assert!(!kept.reason.contains(planted), "{planted} in {}", kept.reason);
        }
    }
}

#[test]
fn a_key_is_read_whatever_the_case_of_its_scheme() {
    for (value, key) in [
        ("Bearer a.b", Some("a.b")),
        ("bearer a.b", Some("a.b")),
        ("BEARER  a.b", Some("a.b")),
        ("Bearer", None),
        ("Basic a.b", None),
    ] {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert_eq!(bearer(&headers), key, "{value}");
    }
}

#[test]
fn an_id_is_repeated_as_sent_up_to_its_limit() {
    for (id, expected) in [
        (json!("a"), Some("a".to_owned())),
        (json!(7), Some("7".to_owned())),
        (json!(null), None),
        (json!("é".repeat(200)), Some("é".repeat(128))),
    ] {
        assert_eq!(shown(&id), expected);
    }
}
