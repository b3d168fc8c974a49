//! The way in: events of the model as a source sends them, or a vendor's deliveries as the vendor does.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
};

use bytes::Bytes;
use tocsin_domain::platform::Platform;
use tocsin_shell::clock::Clock;

use super::{
    destination::Counts,
    send::{Batch, MAX_EVENTS},
};

/// By which way, and to whom.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Events, as many as a request holds, with a source key.
    Events,
    /// A vendor's deliveries, one a request, signed by the vendor's secret.
    Deliveries {
        /// The vendor.
        platform: Platform,
        /// The name of the connection.
        connection: String,
    },
}

impl Way {
    /// Where to, below the address of the service.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Events => "v1/events".to_owned(),
            Self::Deliveries { platform, connection } => {
                format!("v1/sources/{}/{connection}", platform.as_str())
            }
        }
    }

    /// Most events of one request.
    pub(super) fn most(&self) -> usize {
        match self {
            Self::Events => MAX_EVENTS,
            Self::Deliveries { .. } => 1,
        }
    }

    /// What a request with these events says.
    pub(super) fn body(&self, batch: &Batch, range: Range<usize>) -> Bytes {
        match (self, batch.events.get(range.start)) {
            (Self::Deliveries { .. }, Some((_, raw))) => raw.get().to_owned().into(),
            _ => batch.body(range),
        }
    }

    /// Headers by which a request is taken for the sender's.
    pub(super) fn headers(&self, key: &str, body: &[u8]) -> Vec<(String, String)> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match self {
            Self::Events => vec![
                header("authorization", &format!("Bearer {key}")),
                header("content-type", "application/cloudevents-batch+json"),
            ],
            Self::Deliveries { platform, .. } => {
                let mut hasher = DefaultHasher::new();
                body.hash(&mut hasher);
                let id = format!("{:016x}", hasher.finish());
                let now = Clock::Wall.now();
                let mut headers = platform.usual_scheme().sign(key, &id, body, now);
                headers.push(header("content-type", "application/json"));
                headers
            }
        }
    }

    /// What the service's counts mean for what was sent: a delivery may be several events, or none, and is
    /// refused if one of them is.
    pub(super) fn counted(&self, counts: Counts) -> Counts {
        match self {
            Self::Events => counts,
            Self::Deliveries { .. } => {
                let rejected: Vec<_> = counts.rejected.into_iter().take(1).collect();
                Counts { accepted: u64::from(rejected.is_empty()), rejected }
            }
        }
    }
}
