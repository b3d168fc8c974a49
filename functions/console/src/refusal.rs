//! Why a request has no answer, and what is said about it.

use http::StatusCode;
use tocsin_shell::{
    http::{Response, problem},
    rollups::QueryError,
    store::StoreError,
    telemetry::chain,
};
use tracing::error;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A parameter is wrong.
    Bad {
        /// The parameter.
        field: String,
        /// What is wrong with it, and what to do.
        detail: String,
    },
    /// Not for this person.
    Forbidden(&'static str),
    /// There is no such thing.
    NotFound(String),
    /// The store did not answer.
    Store(StoreError),
}

impl Refusal {
    /// A wrong parameter.
    pub(crate) fn bad(field: &str, detail: impl Into<String>) -> Self {
        Self::Bad { field: field.to_owned(), detail: detail.into() }
    }

    /// The answer that says so.
    pub(crate) fn into_response(self) -> Response {
        match self {
            Self::Bad { field, detail } => problem(StatusCode::BAD_REQUEST, Some(&field), &detail),
            Self::Forbidden(detail) => problem(StatusCode::FORBIDDEN, None, detail),
            Self::NotFound(detail) => problem(StatusCode::NOT_FOUND, None, &detail),
            Self::Store(failure) => {
                error!(error = chain(&failure), "could not answer");
                problem(StatusCode::SERVICE_UNAVAILABLE, None, "no answer for now: ask again")
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NotKept(not_kept) => Self::bad("by", not_kept.to_string()),
            QueryError::Store(error) => Self::Store(error),
        }
    }
}
