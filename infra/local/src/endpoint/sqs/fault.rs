//! Errors as SQS words them: a shape in the body, and the code that older clients know in a header.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::queue::QueueError;

/// Why a request, or one entry of a batch, failed.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    /// The shape in the service's model.
    shape: &'static str,
    /// The code from before SQS spoke JSON, which is the one the SDK goes by.
    code: &'static str,
    message: String,
}

impl Fault {
    /// A fault of the sender's.
    pub(super) fn new(shape: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, shape, code, message: message.into() }
    }

    /// A parameter that is out of bounds, or a body that does not parse.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValueException", "InvalidParameterValue", message)
    }

    /// Something SQS can do and this endpoint can not.
    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", message)
    }

    /// The fault as an entry of `Failed`, in the answer to a batch.
    pub(super) fn entry(&self, id: &str) -> serde_json::Value {
        let sender_fault = self.status.is_client_error();
        json!({
            "Id": id,
            "SenderFault": sender_fault,
            "Code": self.code,
            "Message": self.message,
        })
    }
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        let message = error.to_string();
        match error {
            QueueError::UnknownQueue(_) => Self::new(
                "QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
                format!("The specified queue does not exist: {message}."),
            ),
            QueueError::InvalidReceipt(_) => {
                Self::new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", message)
            }
            QueueError::Database(source) => {
                tracing::error!(error = &source as &dyn std::error::Error, "queue failed");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self { status, shape: "InternalFailure", code: "InternalError", message }
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let who = if self.status.is_client_error() { "Sender" } else { "Receiver" };
        let body = json!({
            "__type": format!("com.amazonaws.sqs#{}", self.shape),
            "message": self.message,
        });
        let query_error = format!("{};{who}", self.code);
        let headers = [(CONTENT_TYPE.as_str(), super::JSON), ("x-amzn-query-error", &query_error)];
        (self.status, headers, body.to_string()).into_response()
    }
}
