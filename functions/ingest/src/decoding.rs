//! Parts of a request or invocation, decoded one by one: those that are refused cost only themselves.

use std::cell::Cell;

use serde::Serialize;
use serde_json::Value;
use tocsin_domain::{
    chunk::Chunk,
    decode::{self, Agents, EVENT_LIMIT, Intake, Rejection},
    derived::Policy,
    id::PseudonymKey,
    metric::Metric,
    platform::{self, Account},
};
use tocsin_shell::store::{credentials::Credential, texts::Refused};

use crate::{Ingest, IngestError, body::Part};

/// What was refused, and why.
#[derive(Serialize)]
pub(crate) struct Rejected {
    pub(crate) index: usize,
    /// As sent; `None` where it can not be told.
    pub(crate) id: Option<String>,
    #[serde(flatten)]
    pub(crate) rejection: Rejection,
}

/// A batch, decoded.
pub(crate) struct Taken {
    pub(crate) chunk: Chunk,
    pub(crate) agents: Agents,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) refused: Vec<Refused>,
    /// Events, and deliveries that say none.
    pub(crate) events: usize,
}

/// Parts as far as they are decoded.
struct Decoding<'a> {
    intake: Intake<'a>,
    /// The reading of the clock by which the last event was judged.
    read: &'a Cell<i64>,
    former: Vec<(PseudonymKey, Chunk)>,
    taken: Taken,
}

impl Ingest {
    /// Decodes parts: events of the model, or deliveries of a vendor's account.
    pub(crate) fn decode(
        &self,
        by: &Credential,
        policy: &Policy,
        parts: &[Part<'_>],
        account: Option<&Account<'_>>,
    ) -> Result<Taken, IngestError> {
        let key = self.vault.pseudonyms(&by.tenant);
        // An event is judged by one reading of the clock, whatever keys its names are hashed under.
        let read = Cell::new(0);
        let now = |event| {
            read.set(self.clock.now_at(event));
            read.get()
        };
        let accept_late = self.store.retention().accept_late;
        let former = self.vault.former_pseudonyms(&by.tenant).into_iter();
        let mut decoding = Decoding {
            intake: Intake { key: &key, sources: &by.sources, now: &now, accept_late, policy },
            read: &read,
            former: former.map(|key| (key, Chunk::new(by.tenant.clone(), 0))).collect(),
            taken: Taken {
                chunk: Chunk::new(by.tenant.clone(), 0),
                agents: Agents::new(),
                rejected: Vec::new(),
                refused: Vec::new(),
                events: 0,
            },
        };
        for (index, part) in parts.iter().enumerate() {
            match account {
                None => decoding.event(index, part, 0)?,
                Some(account) => decoding.delivery(index, part, account)?,
            }
        }
        let Decoding { mut taken, former, .. } = decoding;
        for (_, chunk) in former {
            taken.chunk.take_rehashed(chunk);
        }
        Ok(taken)
    }
}

impl Decoding<'_> {
    fn event(&mut self, index: usize, part: &Part<'_>, revision: u8) -> Result<(), IngestError> {
        let taken = &mut self.taken;
        taken.events += 1;
        let (event, outcome) =
            decode_part(part, revision, &self.intake, &mut taken.chunk, &mut taken.agents);
        let Err(rejection) = outcome else {
            let event = event.unwrap_or_default();
            for (key, chunk) in &mut self.former {
                let intake = Intake { key, now: &|_| self.read.get(), ..self.intake };
                decode::decode_adapted(&event, revision, &intake, chunk, &mut Agents::new())
                    .map_err(IngestError::OneKeyOnly)?;
            }
            return Ok(());
        };
        let source = decode::source_label(event.as_ref().unwrap_or(&Value::Null));
        let kept = kept(event.as_ref(), revision, part, &rejection, self.intake.key);
        let id = event.as_ref().and_then(|event| shown(event.get("id")?));
        self.refuse(&source, kept, Rejected { index, id, rejection });
        Ok(())
    }

    fn delivery(
        &mut self,
        index: usize,
        part: &Part<'_>,
        account: &Account<'_>,
    ) -> Result<(), IngestError> {
        let delivery = match part.value() {
            Ok(delivery) => delivery,
            Err(rejection) => {
                self.refuse_delivery((index, part), account, None, rejection);
                return Ok(());
            }
        };
        let decoded = match platform::decode(account, &delivery) {
            Ok(decoded) => decoded,
            Err(rejection) => {
                self.refuse_delivery((index, part), account, Some(&delivery), rejection);
                return Ok(());
            }
        };
        if let Some(name) = &decoded.unmeasured {
            self.taken.events += 1;
            decode::tally_unknown(&mut self.taken.chunk, &account.source(), name);
        }
        for event in decoded.events {
            let len = event.to_string().len();
            let part = Part::Assembled(event, len);
            self.event(index, &part, account.platform.revision())?;
        }
        Ok(())
    }

    /// A delivery that says no event: not JSON, or none of its platform's.
    fn refuse_delivery(
        &mut self,
        (index, part): (usize, &Part<'_>),
        account: &Account<'_>,
        delivery: Option<&Value>,
        rejection: Rejection,
    ) {
        self.taken.events += 1;
        let kept = kept_delivery(account, delivery, part, &rejection, self.intake.key);
        let id = delivery.and_then(|delivery| shown(delivery.get("id")?));
        self.refuse(&account.source(), kept, Rejected { index, id, rejection });
    }

    fn refuse(&mut self, source: &str, kept: Refused, rejected: Rejected) {
        let error = rejected.rejection.error;
        decode::tally(&mut self.taken.chunk, Metric::RejectedEvents, source, error);
        self.taken.refused.push(kept);
        self.taken.rejected.push(rejected);
    }
}

/// The event, where it is JSON, and what became of it.
pub(crate) fn decode_part(
    part: &Part<'_>,
    revision: u8,
    intake: &Intake<'_>,
    chunk: &mut Chunk,
    agents: &mut Agents,
) -> (Option<Value>, Result<(), Rejection>) {
    let event = match part.value() {
        Ok(event) => event,
        Err(rejection) => return (None, Err(rejection)),
    };
    let outcome = if part.len() > EVENT_LIMIT {
        let detail = "an event may have 64 KiB: send long text in pieces";
        Err(Rejection::new("too_large", "event", detail))
    } else {
        decode::decode_adapted(&event, revision, intake, chunk, agents)
    };
    (Some(event), outcome)
}

/// What is kept of an event that is refused: nothing of a person, and no name of the sender's own.
pub(crate) fn kept(
    event: Option<&Value>,
    revision: u8,
    part: &Part<'_>,
    rejection: &Rejection,
    key: &PseudonymKey,
) -> Refused {
    let masked = match event {
        Some(event) => decode::masked_event(event, key).to_string(),
        None => decode::masked_text(&part.text()),
    };
    let known = event.and_then(|event| decode::fingerprints(event, revision, key));
    Refused { reason: reason(rejection), masked, known, delivery: None }
}

/// What is kept of a vendor's delivery that says no event.
fn kept_delivery(
    account: &Account<'_>,
    delivery: Option<&Value>,
    part: &Part<'_>,
    rejection: &Rejection,
    key: &PseudonymKey,
) -> Refused {
    let masked = match delivery {
        Some(delivery) => account.kept(delivery, key).to_string(),
        None => decode::masked_text(&part.text()),
    };
    let of = delivery.map(|_| (account.platform, account.name.to_owned()));
    Refused { reason: reason(rejection), masked, known: None, delivery: of }
}

fn reason(rejection: &Rejection) -> String {
    format!("{} {}", rejection.error, rejection.field)
}

/// An id as it may be repeated to its sender, who may have sent a number.
pub(crate) fn shown(id: &Value) -> Option<String> {
    let mut shown = match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    shown.truncate(shown.floor_char_boundary(256));
    Some(shown)
}
