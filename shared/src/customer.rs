//! The customer: a second entity that folds, over the set of its conversations' visits.
//!
//! From it follow repeat contact, durable resolution and deflection's follow-up: what depends on
//! more than one conversation. Like a conversation, its contributions are a pure function of the
//! set; a visit is itself a function of its conversation's set of events.

use serde::{Deserialize, Serialize};

use crate::{
    dimension::WIDTH,
    id::ConversationId,
    metric::Metric,
    minute::{DAY, Minute},
    sums::{Amount, Exemplar, Sums},
};

/// A visit is kept so long after its start.
pub const KEPT: i64 = 38 * DAY;
/// More starts than this within a day: a switchboard or a test account, no trial.
const BUSY: usize = 50;

/// A trial at a conversation's event, to be decided by the customer's other conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// When, in nanoseconds of the Unix epoch.
    pub time: i64,
    /// Dimension values in force there, in the order of vectors.
    pub dimensions: [String; WIDTH],
}

/// One conversation as its customer's history knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which of the subject's conversations, where silences of 30 days split it.
    pub part: u16,
    /// When it started, in nanoseconds of the Unix epoch.
    pub start: i64,
    /// Dimension values in force at the start.
    pub dimensions: [String; WIDTH],
    /// The first resolution, unless it was reopened within 7 days.
    pub resolved: Option<Trial>,
    /// The containment that counts as deflection unless the customer comes back.
    pub deflected: Option<Trial>,
}

impl Visit {
    /// Whether the history still holds it at this time, so that it can learn of a follow-up.
    pub(crate) fn is_kept_at(&self, time: i64) -> bool {
        time.saturating_sub(self.start) <= KEPT
    }
}

/// A visit of a conversation, in the order of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    conversation: ConversationId,
    visit: Visit,
}

/// All that is known of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// By (start, conversation, part).
    entries: Vec<Entry>,
}

/// Written before the data: the shape that follows.
const VERSION: u8 = 1;

/// Why stored bytes are not a customer.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// Written by a later version.
    #[error("customer of version {0} is not known to this version")]
    Version(u8),
    /// Cut off or overwritten.
    #[error("customer does not parse")]
    Corrupt(#[from] postcard::Error),
    /// Cut off or overwritten.
    #[error("customer does not inflate")]
    Inflate(#[from] std::io::Error),
}

impl Customer {
    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, CustomerError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => {
                let mut plain = Vec::new();
                std::io::Read::read_to_end(
                    &mut flate2::read::DeflateDecoder::new(body),
                    &mut plain,
                )?;
                Ok(postcard::from_bytes(&plain)?)
            }
            Some((&other, _)) => Err(CustomerError::Version(other)),
            None => Err(CustomerError::Version(0)),
        }
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        use std::io::Write;
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        let plain = postcard::to_stdvec(self).expect("serialises");
        let mut encoder =
            flate2::write::DeflateEncoder::new(vec![VERSION], flate2::Compression::fast());
        #[expect(clippy::expect_used, reason = "writing to memory can not fail")]
        let bytes = encoder.write_all(&plain).and_then(|()| encoder.finish()).expect("deflates");
        bytes
    }

    /// Whether no visit is known.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The start of the latest visit.
    pub fn last_start(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.visit.start)
    }

    /// Puts conversations' visits in place of those that they had, and adds what that changes in
    /// what the history contributes; says whether anything changed.
    ///
    /// Visits that began before `kept_from` are out of the history and stay as they were counted:
    /// they are neither taken back when they are dropped nor counted again when they come again.
    pub fn revise(
        &mut self,
        conversations: impl IntoIterator<Item = (ConversationId, Vec<Visit>)>,
        kept_from: i64,
        delta: &mut Sums,
    ) -> bool {
        self.forget_before(kept_from);
        let before = self.clone();
        let mut changed = false;
        for (conversation, mut visits) in conversations {
            visits.retain(|visit| visit.start >= kept_from);
            changed |= self.replace(conversation, visits);
        }
        if changed {
            before.contribute(delta, -1);
            self.contribute(delta, 1);
        }
        changed
    }

    /// Puts a conversation's visits in place of those that it had; says whether anything changed.
    fn replace(&mut self, conversation: ConversationId, visits: Vec<Visit>) -> bool {
        let had: Vec<&Visit> = self
            .entries
            .iter()
            .filter(|entry| entry.conversation == conversation)
            .map(|entry| &entry.visit)
            .collect();
        if had.len() == visits.len() && had.iter().all(|visit| visits.contains(visit)) {
            return false;
        }
        self.entries.retain(|entry| entry.conversation != conversation);
        let new = visits.into_iter().map(|visit| Entry { conversation, visit });
        self.entries.extend(new);
        self.entries.sort_by_key(|entry| (entry.visit.start, entry.conversation, entry.visit.part));
        true
    }

    /// Drops visits that began so long ago that nothing they decide can change any more.
    fn forget_before(&mut self, start: i64) {
        let kept = self.entries.partition_point(|entry| entry.visit.start < start);
        self.entries.drain(..kept);
    }

    /// Adds what the customer's history contributes.
    pub fn contribute(&self, sums: &mut Sums, sign: i64) {
        let mut own = Sums::default();
        for (number, entry) in self.entries.iter().enumerate() {
            self.repeat_contact(number, entry, &mut own);
            let visit = &entry.visit;
            for (trial, metric, within) in [
                (&visit.resolved, Metric::DurableResolutionRate, 7 * DAY),
                (&visit.deflected, Metric::DeflectionRate, DAY),
            ] {
                if let Some(trial) = trial {
                    let stayed_away = !self.followed(number, trial.time, within);
                    put(&mut own, entry, trial.time, &trial.dimensions, metric, stayed_away);
                }
            }
        }
        sums.merge(&own, sign);
    }

    fn repeat_contact(&self, number: usize, entry: &Entry, sums: &mut Sums) {
        if self.is_busy(number) {
            return;
        }
        let start = entry.visit.start;
        for (metric, within) in
            [(Metric::RepeatContactRate24h, DAY), (Metric::RepeatContactRate7d, 7 * DAY)]
        {
            let repeats = self.entries[..number]
                .iter()
                .any(|earlier| start.saturating_sub(earlier.visit.start) <= within);
            put(sums, entry, start, &entry.visit.dimensions, metric, repeats);
        }
    }

    /// Whether another start follows the decision within so long. The next start decides it; where
    /// that one is a busy customer's, nothing was decided.
    fn followed(&self, number: usize, decided: i64, within: i64) -> bool {
        let next = self
            .entries
            .iter()
            .enumerate()
            .find(|(other, entry)| *other != number && entry.visit.start > decided);
        next.is_some_and(|(other, entry)| {
            entry.visit.start.saturating_sub(decided) <= within && !self.is_busy(other)
        })
    }

    /// Whether so many starts lie in the day up to and including this one that it is no trial.
    fn is_busy(&self, number: usize) -> bool {
        let start = self.entries[number].visit.start;
        let first = self.entries.partition_point(|entry| entry.visit.start <= start - DAY);
        number + 1 - first > BUSY
    }
}

fn put(
    sums: &mut Sums,
    entry: &Entry,
    time: i64,
    dimensions: &[String; WIDTH],
    metric: Metric,
    success: bool,
) {
    let amount = Amount::trial(success);
    let badness = crate::conversation::badness_of(metric, &amount);
    let exemplar = badness.map(|badness| (entry.conversation, Exemplar { count: 1, badness }));
    let vector = sums.vector(dimensions.each_ref().map(String::as_str));
    sums.add_with_exemplar(Minute::of(time), metric, vector, &amount, exemplar);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{PseudonymKey, TenantId},
        minute::HOUR,
    };

    fn conversation(number: usize) -> ConversationId {
        let tenant = TenantId::try_from("t".to_owned()).unwrap();
        PseudonymKey::derive(b"k", &tenant, 1).conversation(&number.to_string())
    }

    fn visit(start: i64, resolved: Option<i64>) -> Visit {
        let dimensions: [String; WIDTH] = Default::default();
        let resolved = resolved.map(|time| Trial { time, dimensions: dimensions.clone() });
        Visit { part: 0, start, dimensions, resolved, deflected: None }
    }

    /// Numerator and denominator of a metric over visits (start, resolved), in hours.
    #[track_caller]
    fn check(metric: Metric, visits: &[(i64, Option<i64>)], expected: (i128, i64)) {
        let mut customer = Customer::default();
        for (number, (start, resolved)) in visits.iter().enumerate() {
            let visit = visit(start * HOUR, resolved.map(|hours| hours * HOUR));
            customer.replace(conversation(number), vec![visit]);
        }
        let mut sums = Sums::default();
        customer.contribute(&mut sums, 1);
        let amounts = sums.iter().filter(|(_, found, ..)| *found == metric);
        let total = amounts.fold((0, 0), |(n, d), (.., amount)| (n + amount.sum, d + amount.count));
        assert_eq!(total, expected);
    }

    #[test]
    fn a_repeat_is_a_start_within_the_window_after_another() {
        let metric = Metric::RepeatContactRate24h;
        check(metric, &[(0, None)], (0, 1));
        check(metric, &[(0, None), (24, None)], (1, 2));
        check(metric, &[(0, None), (25, None)], (0, 2));
        check(metric, &[(0, None), (0, None)], (1, 2));
        check(Metric::RepeatContactRate7d, &[(0, None), (168, None), (400, None)], (1, 3));
    }

    #[test]
    fn a_resolution_is_durable_unless_the_customer_comes_back_within_seven_days() {
        let metric = Metric::DurableResolutionRate;
        check(metric, &[(0, Some(1))], (1, 1));
        check(metric, &[(0, Some(1)), (169, None)], (0, 1));
        check(metric, &[(0, Some(1)), (170, None)], (1, 1));
    }

    #[test]
    fn a_switchboard_is_no_trial() {
        let starts: Vec<_> = (0..60).map(|_| (1, None)).collect();
        check(Metric::RepeatContactRate24h, &starts, (49, 50));
    }

    #[test]
    fn what_is_forgotten_stays_counted_once() {
        let (mut customer, mut sums) = (Customer::default(), Sums::default());
        let old = (conversation(1), vec![visit(HOUR, None)]);
        let new = (conversation(2), vec![visit(DAY, None)]);
        assert!(customer.revise([old.clone()], 0, &mut sums));
        assert!(customer.revise([new], 2 * HOUR, &mut sums));
        // The old conversation learns something: its visit comes again.
        assert!(!customer.revise([old], 2 * HOUR, &mut sums));
        let trials = sums.iter().filter(|(_, metric, ..)| *metric == Metric::RepeatContactRate7d);
        assert_eq!(trials.map(|(.., amount)| amount.count).sum::<i64>(), 2);
    }

    #[test]
    fn what_is_stored_is_read_back_and_replacing_the_same_changes_nothing() {
        let mut customer = Customer::default();
        assert!(customer.replace(conversation(1), vec![visit(HOUR, Some(2 * HOUR))]));
        assert!(!customer.replace(conversation(1), vec![visit(HOUR, Some(2 * HOUR))]));
        assert_eq!(Customer::decode(&customer.encode()).unwrap(), customer);
    }
}
