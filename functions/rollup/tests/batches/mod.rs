//! Batches of chunks for the handler.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use base64::{Engine, engine::general_purpose::STANDARD};
use tocsin_domain::{chunk::Chunk, id::TenantId};
use tocsin_rollup::Rollup;

/// 2026-01-08T00:00:00Z
pub(crate) const NOW: i64 = 1_767_830_400_000_000_000;

pub(crate) fn tenant() -> TenantId {
    TenantId::try_from("demo".to_owned()).unwrap()
}

fn batch(chunks: &[(usize, &Chunk)]) -> SqsEvent {
    let message = |(number, chunk): &(usize, &Chunk)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(number.to_string());
        message.body = Some(STANDARD.encode(chunk.encode()));
        message
    };
    let mut event = SqsEvent::default();
    event.records = chunks.iter().map(message).collect();
    event
}

/// Delivers batches until every message is done.
pub(crate) async fn deliver(rollup: &Rollup, chunks: &[Chunk], order: &[usize], size: usize) {
    for numbers in order.chunks(size) {
        let mut left: BTreeSet<usize> = numbers.iter().copied().collect();
        while !left.is_empty() {
            let records: Vec<_> = left.iter().map(|number| (*number, &chunks[*number])).collect();
            let failed = rollup.handle(batch(&records)).await.batch_item_failures;
            left = failed.iter().map(|item| item.item_identifier.parse().unwrap()).collect();
        }
    }
}
