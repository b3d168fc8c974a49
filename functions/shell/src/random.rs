//! Randomness: the one place that draws what nobody may guess.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rand::{TryRngCore, rngs::OsRng};

/// Draws bits.
#[derive(Clone, Debug, Default)]
pub enum Random {
    /// The system's.
    #[default]
    System,
    /// What a simulation says: a count, so that a run can be repeated. Anybody could guess it.
    Simulated(Arc<AtomicU64>),
}

/// The system has no randomness.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system has no randomness")]
pub struct RandomError;

impl Random {
    /// 128 bits.
    pub fn bits(&self) -> Result<[u8; 16], RandomError> {
        let mut bits = [0; 16];
        match self {
            Self::System => OsRng.try_fill_bytes(&mut bits).map_err(|_| RandomError)?,
            Self::Simulated(count) => {
                let next = count.fetch_add(1, Ordering::Relaxed);
                bits[..8].copy_from_slice(&next.to_be_bytes());
            }
        }
        Ok(bits)
    }
}
