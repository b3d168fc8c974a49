//! The destination: one batch posted, tried again while that may help, and what became of it.

use std::{iter, ops::Range, time::Duration};

use bytes::Bytes;
use indicatif::ProgressBar;
use reqwest::{Client, StatusCode, Url, header};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::{ReplayError, input::Place, pace::Header, send::Batch, way::Way};

/// How long one batch is tried against an address that does not answer.
pub(super) const UNREACHABLE_PATIENCE: Duration = Duration::from_mins(1);

/// How long one batch is tried against a service that says it is busy.
pub(super) const BUSY_PATIENCE: Duration = Duration::from_mins(10);

/// First pause between two tries; it doubles up to [`MAX_BACK_OFF`].
pub(super) const MIN_BACK_OFF: Duration = Duration::from_millis(200);

/// Longest pause that we choose ourselves; a `Retry-After` may ask for more.
pub(super) const MAX_BACK_OFF: Duration = Duration::from_secs(5);

/// Where batches go.
pub(super) struct Destination {
    pub(super) client: Client,
    pub(super) base: Url,
    pub(super) endpoint: String,
    pub(super) key: String,
    pub(super) way: Way,
    /// [`UNREACHABLE_PATIENCE`], but for tests.
    pub(super) patience: Duration,
}

/// What the service said about one batch.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) accepted: u64,
    pub(crate) rejected: Vec<(Place, Rejection)>,
}

/// The body of a 202 or a 400.
#[derive(Deserialize)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    #[serde(default)]
    pub(super) rejected: Vec<Rejection>,
}

/// One event that the service refuses.
#[derive(Deserialize)]
pub(crate) struct Rejection {
    pub(crate) index: usize,
    pub(super) id: Option<String>,
    pub(super) error: String,
    pub(super) field: Option<String>,
}

/// A 400 that speaks about the request as a whole (RFC 9457).
#[derive(Deserialize)]
pub(super) struct Problem {
    pub(super) detail: Option<String>,
    pub(super) title: Option<String>,
}

/// How one try ended.
pub(super) enum Attempt {
    Counted(Counts),
    /// Refused as a whole, for this reason.
    Refused(String),
    TooLarge,
    /// Come back, after this long if it said so.
    Busy(StatusCode, Option<Duration>),
    /// No answer, or none that says anything about the events.
    Lost(String),
}

impl Destination {
    pub(super) fn new(base: &Url, key: String, way: Way) -> Result<Self, ReplayError> {
        let builder = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30));
        // A proxy for the outside world does not lead back to this machine.
        let is_local = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let builder = if is_local { builder.no_proxy() } else { builder };
        Ok(Self {
            client: builder.build().map_err(ReplayError::Client)?,
            endpoint: format!("{}/{}", base.as_str().trim_end_matches('/'), way.path()),
            base: base.clone(),
            key,
            way,
            patience: UNREACHABLE_PATIENCE,
        })
    }

    /// Posts a batch until the service has judged every event of it.
    pub(super) async fn post(
        &self,
        batch: &Batch,
        bar: &ProgressBar,
    ) -> Result<Answer, ReplayError> {
        let mut answer = Answer::default();
        let mut parts = iter::once(0..batch.events.len()).collect::<Vec<_>>();
        while let Some(part) = parts.pop() {
            match self.persist(self.way.body(batch, part.clone()), bar).await? {
                Some(Ok(counts)) => {
                    answer.accepted += counts.accepted;
                    answer.rejected.extend(counts.rejected.into_iter().filter_map(|rejection| {
                        let (place, _) = batch.events[part.clone()].get(rejection.index)?;
                        Some((place.clone(), rejection))
                    }));
                }
                Some(Err(reason)) => answer.refuse(batch, part, &reason),
                None if part.len() == 1 => answer.refuse(batch, part, "too large for the service"),
                None => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                }
            }
        }
        Ok(answer)
    }

    /// Tries one body until it is judged: its counts, why it is refused whole, or `None` if it is
    /// too large.
    pub(super) async fn persist(
        &self,
        body: Bytes,
        bar: &ProgressBar,
    ) -> Result<Option<Result<Counts, String>>, ReplayError> {
        let first = Instant::now();
        let mut lost_since = None;
        let mut back_off = MIN_BACK_OFF;
        loop {
            let pause = match self.attempt(body.clone()).await? {
                Attempt::Counted(counts) => return Ok(Some(Ok(counts))),
                Attempt::Refused(reason) => return Ok(Some(Err(reason))),
                Attempt::TooLarge => return Ok(None),
                Attempt::Busy(status, _) if first.elapsed() > BUSY_PATIENCE => {
                    return Err(ReplayError::Busy { url: self.base.clone(), status });
                }
                Attempt::Busy(_, asked) => {
                    lost_since = None;
                    asked.unwrap_or(back_off).min(BUSY_PATIENCE)
                }
                Attempt::Lost(cause) => {
                    let since = *lost_since.get_or_insert_with(Instant::now);
                    if since.elapsed() + back_off > self.patience {
                        return Err(ReplayError::Unreachable { url: self.base.clone(), cause });
                    }
                    bar.set_message(format!("waiting for {}", self.base));
                    back_off
                }
            };
            sleep(pause).await;
            back_off = (back_off * 2).min(MAX_BACK_OFF);
        }
    }

    pub(super) async fn attempt(&self, body: Bytes) -> Result<Attempt, ReplayError> {
        let headers = self.way.headers(&self.key, &body);
        let request = headers
            .into_iter()
            .fold(self.client.post(&self.endpoint), |request, (name, value)| {
                request.header(name, value)
            })
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(Attempt::Lost(innermost(&error))),
        };
        let status = response.status();
        let after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok().map(Duration::from_secs));
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Ok(Attempt::Lost(innermost(&error))),
        };
        self.judge(status, after, &body)
    }

    pub(super) fn judge(
        &self,
        status: StatusCode,
        after: Option<Duration>,
        body: &[u8],
    ) -> Result<Attempt, ReplayError> {
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(Attempt::Busy(status, after));
        }
        if status.is_server_error() {
            return Ok(Attempt::Lost(format!("it answers {status}")));
        }
        if let Ok(counts) = serde_json::from_slice::<Counts>(body) {
            return Ok(Attempt::Counted(self.way.counted(counts)));
        }
        let url = self.base.clone();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Attempt::TooLarge),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ReplayError::Key { url, status })
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let problem = serde_json::from_slice::<Problem>(body).ok();
                let reason = problem.and_then(|problem| problem.detail.or(problem.title));
                Ok(Attempt::Refused(reason.unwrap_or_else(|| format!("refused with {status}"))))
            }
            _ => Err(ReplayError::NotTocsin { url, status }),
        }
    }
}

impl Answer {
    /// The service refused these events together, for one reason.
    pub(super) fn refuse(&mut self, batch: &Batch, part: Range<usize>, reason: &str) {
        self.rejected.extend(batch.events[part].iter().enumerate().map(|(index, (place, raw))| {
            let id = Header::of(raw).id.as_str().map(str::to_owned);
            (place.clone(), Rejection { index, id, error: reason.to_owned(), field: None })
        }));
    }
}

/// The last link of an error's chain: "connection refused" rather than "error sending request".
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
