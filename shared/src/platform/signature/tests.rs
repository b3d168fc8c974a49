use super::*;
use crate::minute::SECOND;

const NOW: i64 = 1_767_607_200_000_000_000; // 2026-01-05T10:00:00Z
const BODY: &[u8] = b"{\"id\":1}";
const SIGNING: [Scheme; 5] =
    [Scheme::StandardWebhooks, Scheme::Zendesk, Scheme::Intercom, Scheme::Slack, Scheme::Chatwoot];
/// A secret that every scheme takes.
const SECRET: &str = "whsec_c2VjcmV0";
const OTHER: &str = "whsec_b3RoZXI=";

fn verify(
    scheme: Scheme,
    headers: &[(String, String)],
    body: &[u8],
    secrets: &[&str],
    now: i64,
) -> Result<(), Forged> {
    let secrets: Vec<String> = secrets.iter().map(|&secret| secret.to_owned()).collect();
    let header = |name: &str| {
        headers.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    };
    scheme.verify(&header, body, &secrets, now)
}

#[test]
fn what_was_signed_holds_under_any_of_the_secrets_and_nothing_else_does() {
    for scheme in SIGNING {
        let headers = scheme.sign(SECRET, "m1", BODY, NOW);
        for secrets in [&[SECRET][..], &[OTHER, SECRET], &[SECRET, OTHER]] {
            assert_eq!(verify(scheme, &headers, BODY, secrets, NOW), Ok(()), "{scheme:?}");
        }
        for secrets in [&[][..], &[OTHER], &["", "no base64!"]] {
            let refused = verify(scheme, &headers, BODY, secrets, NOW);
            assert_eq!(refused, Err(Forged::Mismatch), "{scheme:?} {secrets:?}");
        }
        let other_body = verify(scheme, &headers, b"{\"id\":2}", &[SECRET], NOW);
        assert_eq!(other_body, Err(Forged::Mismatch), "{scheme:?}");
        for number in 0..headers.len() {
            let mut less = headers.clone();
            less.remove(number);
            let refused = verify(scheme, &less, BODY, &[SECRET], NOW);
            assert_eq!(refused, Err(Forged::Unsigned), "{scheme:?} {headers:?}");
        }
    }
}

#[test]
fn a_part_of_a_signature_is_none() {
    for scheme in SIGNING {
        let headers = scheme.sign(SECRET, "m1", BODY, NOW);
        let whole = headers[0].1.clone();
        for cut in (0..whole.len()).step_by(4) {
            let mut less = headers.clone();
            less[0].1.truncate(cut);
            let refused = verify(scheme, &less, BODY, &[SECRET], NOW);
            assert_eq!(refused, Err(Forged::Mismatch), "{scheme:?} {less:?}");
        }
    }
}

#[test]
fn a_signature_holds_for_five_minutes_where_it_tells_its_time() {
    for scheme in SIGNING {
        let headers = scheme.sign(SECRET, "m1", BODY, NOW);
        let tells_time = scheme != Scheme::Intercom;
        for (later, is_stale) in [
            (WINDOW, false),
            (-WINDOW, false),
            (WINDOW + SECOND, true),
            (-WINDOW - SECOND, true),
            (400 * 24 * 3600 * SECOND, true),
        ] {
            let judged = verify(scheme, &headers, BODY, &[SECRET], NOW + later);
            let expected = if is_stale && tells_time { Err(Forged::Stale) } else { Ok(()) };
            assert_eq!(judged, expected, "{scheme:?} {later}");
        }
        if tells_time {
            // Another time than the one that was signed.
            let mut moved = headers.clone();
            let later = scheme.sign(SECRET, "m1", BODY, NOW + WINDOW);
            moved[1].1.clone_from(&later[1].1);
            let judged = verify(scheme, &moved, BODY, &[SECRET], NOW + WINDOW);
            assert_eq!(judged, Err(Forged::Mismatch), "{scheme:?}");
        }
    }
}

#[test]
fn of_several_signatures_one_is_enough() {
    let scheme = Scheme::StandardWebhooks;
    let mut headers = scheme.sign(SECRET, "m1", BODY, NOW);
    headers[0].1 = format!("v1a,AAAA v1,AAAA {}", headers[0].1);
    assert_eq!(verify(scheme, &headers, BODY, &[SECRET], NOW), Ok(()));
    let mut without = headers.clone();
    without[0].1 = "v1a,AAAA v1,AAAA".to_owned();
    assert_eq!(verify(scheme, &without, BODY, &[SECRET], NOW), Err(Forged::Mismatch));
}

#[test]
fn only_what_can_be_a_secret_is_taken_for_one() {
    for (scheme, secret, takes) in [
        (Scheme::StandardWebhooks, "whsec_c2VjcmV0", true),
        (Scheme::StandardWebhooks, "no base64!", false),
        (Scheme::StandardWebhooks, "whsec_", false),
        (Scheme::Zendesk, "no base64!", true),
        (Scheme::Zendesk, "", false),
        (Scheme::Unsigned, "any", false),
    ] {
        assert_eq!(scheme.takes(secret), takes, "{scheme:?} {secret}");
    }
}

#[test]
fn an_unsigned_delivery_has_its_path_alone() {
    assert_eq!(verify(Scheme::Unsigned, &[], BODY, &[], NOW), Ok(()));
    assert!(Scheme::Unsigned.sign(SECRET, "m1", BODY, NOW).is_empty());
}
