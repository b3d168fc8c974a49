//! The clients that the handlers use, unmodified, against the router on a free port.

use std::collections::BTreeMap;

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use aws_sdk_sqs::{
    config::{BehaviorVersion, Credentials, Region},
    error::ProvideErrorMetadata,
    types::{
        BatchResultErrorEntry, QueueAttributeName, SendMessageBatchRequestEntry,
        SendMessageBatchResultEntry,
    },
};

use super::*;
use crate::queue::{
    Depth,
    tests::{Time, work},
};

const QUEUE_URL: &str = "http://localhost/000000000000/work";
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:alerts";

struct Served {
    queues: Arc<Queues>,
    outbox: Arc<Outbox>,
    time: Time,
    url: String,
    sqs: aws_sdk_sqs::Client,
    sns: aws_sdk_sns::Client,
}

async fn serve() -> Served {
    let time = Time::default();
    let queues = Arc::new(work(None, &time));
    let outbox = Arc::new(Outbox::new(&queues));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router(Arc::clone(&queues), Arc::clone(&outbox));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let credentials = Credentials::new("test", "test", None, None, "test");
    let sqs = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials.clone())
        .endpoint_url(&url)
        .build();
    let sns = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials)
        .endpoint_url(&url)
        .build();
    Served {
        queues,
        outbox,
        time,
        url,
        sqs: aws_sdk_sqs::Client::from_conf(sqs),
        sns: aws_sdk_sns::Client::from_conf(sns),
    }
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

fn publication(id: &str, message: &str) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id).message(message).build().unwrap()
}

fn string(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_message_goes_round() {
    let Served { sqs, time, url, .. } = serve().await;
    let queue_url = sqs.get_queue_url().queue_name("work").send().await.unwrap().queue_url.unwrap();
    assert_eq!(queue_url, format!("{url}/000000000000/work"));
    let body = "{\"text\": \"é \\ \u{1f600}\"}\n".repeat(1000);
    let sent = sqs
        .send_message()
        .queue_url(&queue_url)
        .message_body(&body)
        .message_group_id("acme")
        .delay_seconds(5)
        .send()
        .await
        .unwrap();
    let receive = || sqs.receive_message().queue_url(&queue_url).max_number_of_messages(10).send();
    assert!(receive().await.unwrap().messages().is_empty());
    time.pass_ms(5000);
    let received = receive().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(received.body.as_ref(), Some(&body));
    assert_eq!(received.message_id, sent.message_id);
    assert_eq!(received.attributes.unwrap().len(), 3);

    let receipt = received.receipt_handle.unwrap();
    for _ in 0..2 {
        sqs.delete_message().queue_url(&queue_url).receipt_handle(&receipt).send().await.unwrap();
    }
    time.pass_ms(100_000);
    assert!(receive().await.unwrap().messages().is_empty());
}

#[tokio::test]
async fn a_long_poll_ends_when_a_message_arrives() {
    let Served { queues, sqs, .. } = serve().await;
    let poll = sqs.receive_message().queue_url(QUEUE_URL).wait_time_seconds(20).send();
    let (received, _) = tokio::join!(poll, async {
        tokio::task::yield_now().await;
        queues.send("work", &[crate::queue::tests::text("a")]).unwrap()
    });
    assert_eq!(received.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn the_fit_part_of_a_batch_is_sent() {
    let Served { queues, sqs, .. } = serve().await;
    let late = SendMessageBatchRequestEntry::builder()
        .id("late")
        .message_body("b")
        .delay_seconds(901)
        .build()
        .unwrap();
    let answer = sqs
        .send_message_batch()
        .queue_url(QUEUE_URL)
        .entries(entry("good", "a"))
        .entries(entry("control", "\u{1}"))
        .entries(late)
        .entries(entry("empty", ""))
        .entries(entry("also-good", "c"))
        .send()
        .await
        .unwrap();
    let good: Vec<_> = answer.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    assert_eq!(good, ["good", "also-good"]);
    let failed: BTreeMap<_, _> = answer.failed().iter().map(|e| (e.id(), e.code())).collect();
    let codes = [
        ("control", "InvalidMessageContents"),
        ("late", "InvalidParameterValue"),
        ("empty", "MissingParameter"),
    ];
    assert_eq!(failed, codes.into());
    assert!(answer.failed().iter().all(BatchResultErrorEntry::sender_fault));
    let received = queues.receive("work", 10).unwrap();
    let ids: Vec<_> = received.iter().map(|m| m.id.as_str()).collect();
    let sent: Vec<_> =
        answer.successful().iter().map(SendMessageBatchResultEntry::message_id).collect();
    assert_eq!(ids, sent);
}

#[tokio::test]
async fn a_batch_beyond_a_limit_is_refused_as_a_whole() {
    let Served { queues, sqs, .. } = serve().await;
    let half = "x".repeat(512 * 1024);
    let eleven = (0..11).map(|n| entry(&n.to_string(), "a")).collect();
    let cases = [
        (vec![], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (eleven, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (
            vec![entry("1", &half), entry("2", &half), entry("3", "x")],
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
        (vec![entry("1", "a"), entry("1", "b")], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        (vec![entry("a b", "a")], "AWS.SimpleQueueService.InvalidBatchEntryId"),
    ];
    for (entries, code) in cases {
        let request = sqs.send_message_batch().queue_url(QUEUE_URL).set_entries(Some(entries));
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
    assert_eq!(queues.depth("work").unwrap(), Depth::default());
    // Exactly 1 MiB, each byte of which JSON escapes, is within the limits.
    let escaped = "\"".repeat(512 * 1024);
    sqs.send_message_batch()
        .queue_url(QUEUE_URL)
        .entries(entry("1", &escaped))
        .entries(entry("2", &escaped))
        .send()
        .await
        .unwrap();
    assert_eq!(queues.depth("work").unwrap().visible, 2);
}

#[tokio::test]
async fn sqs_errors_are_those_of_the_service() {
    let Served { sqs, .. } = serve().await;
    let send = |body: &str| sqs.send_message().queue_url(QUEUE_URL).message_body(body);
    let too_long = send(&"x".repeat(1024 * 1024 + 1)).send().await.unwrap_err();
    assert_eq!(too_long.code(), Some("InvalidParameterValue"));
    let control = send("\u{b}").send().await.unwrap_err();
    assert!(control.into_service_error().is_invalid_message_contents());
    let unknown = send("a").queue_url("http://localhost/1/typo").send().await.unwrap_err();
    assert!(unknown.into_service_error().is_queue_does_not_exist());
    let unknown = sqs.get_queue_url().queue_name("typo").send().await.unwrap_err();
    assert!(unknown.into_service_error().is_queue_does_not_exist());
    let delete = sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("nonsense");
    assert!(delete.send().await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let unsupported = sqs.list_queues().send().await.unwrap_err();
    assert_eq!(unsupported.code(), Some("AWS.SimpleQueueService.UnsupportedOperation"));
    assert_eq!(unsupported.raw_response().unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn dead_letters_are_moved_back_as_an_operator_asks() {
    let Served { sqs, queues, time, .. } = serve().await;
    let dead = QUEUE_URL.replace("work", "dead");
    assert_eq!(tocsin_admin::redrive(&sqs, &dead).await.unwrap(), 0);
    for body in ["a", "b"] {
        sqs.send_message().queue_url(QUEUE_URL).message_body(body).send().await.unwrap();
    }
    for _ in 0..3 {
        queues.receive("work", 10).unwrap();
        time.pass_ms(1_001);
    }
    assert_eq!(
        (queues.depth("work").unwrap().visible, queues.depth("dead").unwrap().visible),
        (0, 2)
    );
    assert_eq!(tocsin_admin::redrive(&sqs, &dead).await.unwrap(), 2);
    assert_eq!(
        (queues.depth("work").unwrap().visible, queues.depth("dead").unwrap().visible),
        (2, 0)
    );
    let arn = queue_arn("work");
    let no_dead = sqs.start_message_move_task().source_arn(arn).send().await.unwrap_err();
    assert_eq!(no_dead.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn attributes_tell_the_depth() {
    let Served { sqs, .. } = serve().await;
    for _ in 0..3 {
        sqs.send_message().queue_url(QUEUE_URL).message_body("a").send().await.unwrap();
    }
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    let attributes = |name| sqs.get_queue_attributes().queue_url(QUEUE_URL).attribute_names(name);
    let all = attributes(QueueAttributeName::All).send().await.unwrap().attributes.unwrap();
    assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessages], "2");
    assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "1");
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "1");
    assert!(all[&QueueAttributeName::RedrivePolicy].contains(":dead\""));
    let one = attributes(QueueAttributeName::QueueArn).send().await.unwrap().attributes.unwrap();
    assert_eq!(
        one,
        [(QueueAttributeName::QueueArn, "arn:aws:sqs:us-east-1:000000000000:work".to_owned())]
            .into()
    );
}

#[tokio::test]
async fn a_publication_lands_in_the_outbox() {
    let Served { sns, outbox, .. } = serve().await;
    let text = r#"{"default": "é & <b> + 100 %", "sms": "short"}"#;
    let published = sns
        .publish()
        .topic_arn(TOPIC)
        .subject("Waits are long & growing")
        .message(text)
        .message_structure("json")
        .message_attributes("severity", string("page"))
        .message_attributes("tenant", string("acme"))
        .send()
        .await
        .unwrap();
    let kept = outbox.list(10).unwrap().remove(0);
    assert_eq!(Some(kept.id), published.message_id);
    assert_eq!((kept.topic.as_str(), kept.message.as_str()), (TOPIC, text));
    assert_eq!(kept.subject.as_deref(), Some("Waits are long & growing"));
    assert_eq!(kept.structure.as_deref(), Some("json"));
    assert_eq!(kept.attributes["severity"], "page");
    assert_eq!(kept.attributes["tenant"], "acme");
}

#[tokio::test]
async fn the_fit_part_of_a_batch_is_published() {
    let Served { sns, outbox, .. } = serve().await;
    let mut marked = publication("b", "second");
    marked.message_attributes = Some([("tenant".to_owned(), string("acme"))].into());
    let answer = sns
        .publish_batch()
        .topic_arn(TOPIC)
        .publish_batch_request_entries(publication("a", "first"))
        .publish_batch_request_entries(publication("<&>", ""))
        .publish_batch_request_entries(marked)
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = answer.successful().iter().filter_map(|e| e.message_id.clone()).collect();
    let kept: Vec<_> = outbox.list(10).unwrap().into_iter().rev().collect();
    assert_eq!(ids, kept.iter().map(|p| p.id.clone()).collect::<Vec<_>>());
    assert_eq!(kept[1].attributes["tenant"], "acme");
    let failed = &answer.failed()[0];
    assert_eq!((failed.id(), failed.code()), ("<&>", "InvalidParameter"));
    assert!(failed.sender_fault());
}

#[tokio::test]
async fn sns_errors_are_those_of_the_service() {
    let Served { sns, outbox, .. } = serve().await;
    let publish = || sns.publish().topic_arn(TOPIC).message("m");
    let cases = [
        (publish().message(""), "Empty message"),
        (publish().message("x".repeat(256 * 1024 + 1)), "Message too long"),
        (publish().subject("x".repeat(100)), "Subject"),
        (publish().subject("é"), "Subject"),
        (publish().message_structure("json"), "JSON message body failed to parse"),
        (publish().message_structure("json").message("{\"sms\": \"s\"}"), "No default entry"),
        (publish().topic_arn("alerts"), "TopicArn"),
    ];
    for (request, words) in cases {
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_parameter_exception(), "{error:?}");
        assert!(error.message().unwrap().contains(words), "{error:?}");
    }
    let batch = sns.publish_batch().topic_arn(TOPIC);
    let entries = (0..11).map(|n| publication(&n.to_string(), "m")).collect();
    let error = batch.set_publish_batch_request_entries(Some(entries)).send().await.unwrap_err();
    assert!(error.into_service_error().is_too_many_entries_in_batch_request_exception());
    let unsupported = sns.list_topics().send().await.unwrap_err();
    assert_eq!(unsupported.code(), Some("InvalidAction"));
    assert_eq!(unsupported.raw_response().unwrap().status().as_u16(), 400);
    assert!(outbox.list(10).unwrap().is_empty());
}
