//! The summary: what became of every event, and why some were refused.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    destination::{Answer, Rejection},
    input::Place,
};

/// Reasons listed in the summary; further ones are counted together.
pub(super) const MAX_REASONS: usize = 10;

/// The accounts of a replay.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) read: u64,
    pub(crate) accepted: u64,
    pub(crate) repeated: u64,
    pub(crate) rejected: u64,
    /// In the order of their first occurrence, at most [`MAX_REASONS`].
    pub(super) reasons: Vec<Reason>,
    /// Rejections for reasons beyond those.
    pub(super) other: u64,
}

/// Rejections of one kind.
#[derive(Debug)]
pub(crate) struct Reason {
    pub(super) error: String,
    pub(super) field: Option<String>,
    pub(super) count: u64,
    pub(super) first: Place,
    pub(super) id: Option<String>,
}

impl Summary {
    pub(crate) fn book(&mut self, answer: Answer) {
        self.accepted += answer.accepted;
        for (place, rejection) in answer.rejected {
            let Rejection { id, error, field, .. } = rejection;
            self.reject(&place, id, &error, field);
        }
    }

    pub(crate) fn reject(
        &mut self,
        place: &Place,
        id: Option<String>,
        error: &str,
        field: Option<String>,
    ) {
        self.rejected += 1;
        let known = self.reasons.iter().position(|r| r.error == error && r.field == field);
        match known {
            Some(index) => self.reasons[index].count += 1,
            None if self.reasons.len() == MAX_REASONS => self.other += 1,
            None => {
                let (error, first) = (error.to_owned(), place.clone());
                self.reasons.push(Reason { error, field, count: 1, first, id });
            }
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.accepted == self.read
    }

    /// How many were refused, and why.
    pub(crate) fn print_reasons(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "rejected  {:>10}", self.rejected)?;
        for Reason { error, field, count, first, id } in &self.reasons {
            let field = field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            let id = id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
            writeln!(out, "          {count:>10} {field}{error}, first at {first}{id}")?;
        }
        if self.other > 0 {
            writeln!(out, "          {:>10} for other reasons", self.other)?;
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for reading, of counts below 2^52")]
    pub(crate) fn print(&self, out: &mut impl Write, took: Duration) -> io::Result<()> {
        let seconds = took.as_secs_f64();
        writeln!(out, "read      {:>10} events", self.read)?;
        writeln!(out, "accepted  {:>10}", self.accepted)?;
        writeln!(out, "repeated  {:>10} in the input, counted once", self.repeated)?;
        self.print_reasons(out)?;
        let unsent = self.read.saturating_sub(self.accepted + self.rejected);
        if unsent > 0 {
            writeln!(out, "not sent  {unsent:>10}, or sent without an answer")?;
        }
        let rate = self.read as f64 / seconds.max(0.001);
        writeln!(out, "duration  {seconds:>10.1} s, {rate:.0} events/s")
    }
}
