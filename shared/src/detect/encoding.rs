//! The stored form of a detector's state: a version byte, then its fields.

use serde::{Serialize, de::DeserializeOwned};

/// Written before the data: the shape that follows. Old numbers stay readable.
const VERSION: u8 = 1;

/// Why stored bytes are no state. State is a cache: the remedy is always to compute it anew.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Nothing was stored.
    #[error("stored state is empty")]
    Empty,
    /// Written by a later version.
    #[error("stored state has shape {0}, which this version does not know")]
    Version(u8),
    /// Cut off, overwritten, or of another detector.
    #[error("stored state does not parse")]
    Corrupt(#[from] postcard::Error),
    /// It parses and is none that a detector can reach.
    #[error("stored state is inconsistent")]
    Inconsistent,
}

pub(super) fn encode(state: &impl Serialize) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
    postcard::to_extend(state, vec![VERSION]).expect("serialises")
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StateError> {
    match bytes {
        [] => Err(StateError::Empty),
        [VERSION, rest @ ..] => Ok(postcard::from_bytes(rest)?),
        [other, ..] => Err(StateError::Version(*other)),
    }
}
