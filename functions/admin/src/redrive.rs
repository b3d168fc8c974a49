//! Dead letters back into the queue that they came from.

use aws_sdk_sqs::{Client, types::QueueAttributeName};

/// Why dead letters stay where they are.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The queue did not answer, or moves its letters already.
    #[error("the dead letters are not moved: ask again")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The queue did not say what was asked.
    #[error("the queue of dead letters does not say `{0}`")]
    Unsaid(&'static str),
}

/// Has a queue's dead letters moved back, as fast as it can; says how many there were.
pub async fn redrive(client: &Client, dead: &str) -> Result<u64, RedriveError> {
    let number = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = client.get_queue_attributes().queue_url(dead);
    let asked = asked.attribute_names(number.clone());
    let asked = asked.attribute_names(QueueAttributeName::QueueArn).send().await;
    let said = asked.map_err(|error| RedriveError::Unavailable(error.into()))?;
    let said = said.attributes.unwrap_or_default();
    let letters = said.get(&number).and_then(|number| number.parse().ok());
    let letters = letters.ok_or(RedriveError::Unsaid("ApproximateNumberOfMessages"))?;
    if letters > 0 {
        let arn = said.get(&QueueAttributeName::QueueArn);
        let arn = arn.ok_or(RedriveError::Unsaid("QueueArn"))?;
        let moved = client.start_message_move_task().source_arn(arn).send().await;
        moved.map_err(|error| RedriveError::Unavailable(error.into()))?;
    }
    Ok(letters)
}
