//! The samples of this repository, delivery by delivery.

use std::{fs, path::Path};

use serde_json::Value;
use tocsin_domain::platform::Platform;

use super::lines;

const FILES: [(Platform, &str); 3] = [
    (Platform::Connect, "connect/contacts.ndjson"),
    (Platform::Genesys, "genesys/conversation.ndjson"),
    (Platform::Zendesk, "zendesk/ticket.ndjson"),
];

/// The deliveries of a platform's sample.
pub(super) fn deliveries(platform: Platform) -> Vec<Value> {
    let (_, file) = FILES.into_iter().find(|(of, _)| *of == platform).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(file);
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All of them, each with its platform.
pub(super) fn all() -> Vec<(Platform, Value)> {
    let of = |(platform, _)| deliveries(platform).into_iter().map(move |one| (platform, one));
    FILES.into_iter().flat_map(of).collect()
}

#[track_caller]
fn check(platform: Platform, expected: &str) {
    let found: Vec<String> =
        deliveries(platform).iter().flat_map(|one| lines(platform, one)).collect();
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(found, expected);
}

#[test]
fn two_calls_of_amazon_connect() {
    check(
        Platform::Connect,
        r#"
        2026-03-02T09:00:00Z connect:acme:c0ffee01 conversation.started {"channel":"voice","direction":"inbound","customer":"+4915550100001"}
        2026-03-02T09:01:00Z connect:acme:c0ffee01 queue.entered {"queue":"billing","channel":"voice"}
        2026-03-02T09:01:45Z connect:acme:c0ffee01 queue.left {"queue":"billing","outcome":"answered","channel":"voice"}
        2026-03-02T09:01:45Z connect:acme:c0ffee01 agent.connected {"agent":"maria","channel":"voice"}
        not measured: connect.CONTACT_DATA_UPDATED
        2026-03-02T09:05:00Z connect:acme:c0ffee01 transfer.completed {"channel":"voice"}
        2026-03-02T09:05:45Z connect:acme:c0ffee01 agent.disconnected {"agent":"maria","talk_seconds":225.0,"hold_seconds":15.0,"channel":"voice"}
        2026-03-02T09:05:45Z connect:acme:c0ffee01 conversation.ended {"reason":"completed","channel":"voice"}
        2026-03-02T09:06:15Z connect:acme:c0ffee01 agent.wrapped_up {"agent":"maria","after_contact_seconds":30.0}
        2026-03-02T09:05:20Z connect:acme:c0ffee01 agent.connected {"agent":"jonas","channel":"voice"}
        2026-03-02T09:09:20Z connect:acme:c0ffee01 agent.disconnected {"agent":"jonas","talk_seconds":240.0,"channel":"voice"}
        2026-03-02T09:09:20Z connect:acme:c0ffee01 conversation.ended {"reason":"completed","channel":"voice"}
        2026-03-02T09:10:00Z connect:acme:c0ffee03 conversation.started {"channel":"voice","direction":"inbound"}
        2026-03-02T09:10:30Z connect:acme:c0ffee03 queue.entered {"queue":"billing","channel":"voice"}
        2026-03-02T09:12:00Z connect:acme:c0ffee03 queue.left {"queue":"billing","outcome":"abandoned","channel":"voice"}
        2026-03-02T09:12:00Z connect:acme:c0ffee03 conversation.ended {"reason":"abandoned","channel":"voice"}
        "#,
    );
}

#[test]
fn a_call_of_genesys_cloud_by_way_of_a_bot() {
    check(
        Platform::Genesys,
        r#"
        2026-03-02T10:00:00Z genesys:acme:2d9a1c3e conversation.started {"channel":"voice","direction":"inbound","customer":"ext-1"}
        not measured: genesys.flow.start
        2026-03-02T10:00:39Z genesys:acme:2d9a1c3e evaluation.recorded {"name":"flow_outcome","label":"fail","evaluator":"rule","about":"ai","item":"o-1"}
        2026-03-02T10:00:41Z genesys:acme:2d9a1c3e handoff.requested {"by":"ai"}
        2026-03-02T10:00:42Z genesys:acme:2d9a1c3e queue.entered {"queue":"q-claims","channel":"voice"}
        2026-03-02T10:01:16.5Z genesys:acme:2d9a1c3e queue.left {"queue":"q-claims","outcome":"answered","channel":"voice"}
        2026-03-02T10:01:16.5Z genesys:acme:2d9a1c3e agent.connected {"agent":"u-1","channel":"voice"}
        2026-03-02T10:04:30Z genesys:acme:2d9a1c3e agent.disconnected {"agent":"u-1","talk_seconds":181.0,"hold_seconds":12.5,"channel":"voice"}
        2026-03-02T10:04:30Z genesys:acme:2d9a1c3e conversation.ended {"reason":"completed","channel":"voice"}
        2026-03-02T10:04:55Z genesys:acme:2d9a1c3e agent.wrapped_up {"agent":"u-1","after_contact_seconds":25.0}
        not measured: genesys.attributes
        "#,
    );
}

#[test]
fn a_ticket_of_zendesk_that_is_reopened() {
    check(
        Platform::Zendesk,
        r#"
        2026-03-02T11:00:00.67271703Z zendesk:acme:815 conversation.started {"channel":"email","direction":"inbound","customer":"9001","queue":"3001"}
        2026-03-02T11:02:00Z zendesk:acme:815 agent.connected {"agent":"7001","queue":"3001"}
        2026-03-02T11:20:00.000000001Z zendesk:acme:815 message.added {"author":"human","agent":"7001","visibility":"private","customer_id":"9001","agent_name":"Ines Vogt","text":"Please send it again, we lost it.","queue":"3001"}
        2026-03-02T11:21:00Z zendesk:acme:815 message.added {"author":"human","agent":"7001","visibility":"public","customer_id":"9001","agent_name":"Ines Vogt","text":"A new parcel is on its way.","queue":"3001"}
        2026-03-02T11:22:00Z zendesk:acme:815 conversation.resolved {"queue":"3001"}
        2026-03-02T15:00:00Z zendesk:acme:815 message.added {"author":"customer","visibility":"public","customer_id":"9001","customer_name":"Tom Weber","text":"It has not arrived.","queue":"3001"}
        2026-03-02T15:00:01Z zendesk:acme:815 conversation.reopened {"queue":"3001"}
        2026-03-02T15:10:00Z zendesk:acme:815 transfer.completed {"from_queue":"3001","to_queue":"3002"}
        2026-03-02T15:11:00Z zendesk:acme:815 transfer.completed {"from_agent":"7001","to_agent":"7002"}
        2026-03-02T15:11:00Z zendesk:acme:815 agent.connected {"agent":"7002","queue":"3001"}
        not measured: zendesk.ticket.tags_changed
        2026-03-02T15:13:00.200000047Z zendesk:acme:815 message.added {"author":"ai","text":"Is there anything else?","channel":"messaging"}
        2026-03-05T15:00:00Z zendesk:acme:815 conversation.ended {"reason":"completed","queue":"3001"}
        "#,
    );
}
