//! The customer: a second entity that folds, over the set of its conversations' visits.
//!
//! From it follow repeat contact, durable resolution and deflection's follow-up: what depends on
//! more than one conversation. Like a conversation, its contributions are a pure function of the
//! set; a visit is itself a function of its conversation's set of events.

use serde::{Deserialize, Serialize};

use crate::{
    dimension::{EXTRA, WIDTH},
    id::ConversationId,
    metric::Metric,
    minute::{DAY, Minute},
    revision,
    sums::{Amount, Exemplar, Sums},
};

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
    /// The latest of its start and its trials.
    fn last_time(&self) -> i64 {
        let trials = [&self.resolved, &self.deflected].into_iter().flatten();
        trials.map(|trial| trial.time).fold(self.start, i64::max)
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
    /// By (start, conversation); a subject's conversations start 30 days apart at least.
    entries: Vec<Entry>,
}

/// So long a visit says something of those that follow it: one that lies before what is settled is known
/// as long as one that is not may follow it.
const FOLLOWS: i64 = 7 * DAY;

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

    /// The latest start or trial.
    pub fn last_time(&self) -> Option<i64> {
        self.entries.iter().map(|entry| entry.visit.last_time()).max()
    }

    /// Puts conversations' visits in place of those that they had, and adds what that changes in
    /// what the history contributes; says whether anything changed. Trials before `settled` stay as
    /// they were counted, and visits that lie [`FOLLOWS`] before it are dropped.
    pub fn revise(
        &mut self,
        conversations: impl IntoIterator<Item = (ConversationId, Vec<Visit>)>,
        settled: i64,
        delta: &mut Sums,
    ) -> bool {
        let before = self.clone();
        let mut changed = false;
        for (conversation, visits) in conversations {
            changed |= self.replace(conversation, visits);
        }
        if changed {
            before.contribute(delta, -1, settled);
            self.contribute(delta, 1, settled);
            self.forget_before(settled.saturating_sub(FOLLOWS));
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
        self.entries.sort_by_key(|entry| (entry.visit.start, entry.conversation));
        true
    }

    /// Drops visits that lie before this. What they contributed stays counted.
    fn forget_before(&mut self, settled: i64) {
        self.entries.retain(|entry| entry.visit.last_time() >= settled);
    }

    /// Adds what the customer's history contributes, or takes it back. Trials before `settled`
    /// stay as they were counted, whether their visit is still known or not.
    pub fn contribute(&self, sums: &mut Sums, sign: i64, settled: i64) {
        let mut own = Sums::default();
        for (number, entry) in self.entries.iter().enumerate() {
            let visit = &entry.visit;
            if visit.start >= settled {
                self.repeat_contact(number, entry, &mut own);
            }
            for (trial, metric, turned, within) in [
                (
                    &visit.resolved,
                    Metric::DurableResolutionRate,
                    Metric::DurableResolutionTurned,
                    7 * DAY,
                ),
                (&visit.deflected, Metric::DeflectionRate, Metric::DeflectionTurned, DAY),
            ] {
                let Some(Trial { time, dimensions }) = trial else { continue };
                if *time < settled {
                    continue;
                }
                let followed = self.followed(number, *time, within);
                put(&mut own, entry, *time, dimensions, metric, followed.is_none());
                if let Some(age) = followed.and_then(revision::age) {
                    let mut vector = dimensions.each_ref().map(String::as_str);
                    vector[EXTRA] = age;
                    let vector = own.vector(vector);
                    own.add(Minute::of(*time), turned, vector, &Amount::count(1));
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

    /// How long after the decision another start follows, within so long. The next start decides
    /// it; where that one is a busy customer's, nothing was decided.
    fn followed(&self, number: usize, decided: i64, within: i64) -> Option<i64> {
        let next = self
            .entries
            .iter()
            .enumerate()
            .find(|(other, entry)| *other != number && entry.visit.start > decided);
        let (other, entry) = next?;
        let after = entry.visit.start.saturating_sub(decided);
        (after <= within && !self.is_busy(other)).then_some(after)
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
        Visit { start, dimensions, resolved, deflected: None }
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
        customer.contribute(&mut sums, 1, i64::MIN);
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
    fn who_comes_back_turns_the_trial_at_the_age_that_it_has_then() {
        let mut customer = Customer::default();
        customer.replace(conversation(0), vec![visit(0, Some(HOUR))]);
        customer.replace(conversation(1), vec![visit(4 * HOUR, None)]);
        customer.replace(conversation(2), vec![visit(300 * HOUR, Some(301 * HOUR))]);
        let mut sums = Sums::default();
        customer.contribute(&mut sums, 1, i64::MIN);
        let turned: Vec<_> = sums
            .iter()
            .filter(|(_, metric, ..)| *metric == Metric::DurableResolutionTurned)
            .map(|(minute, _, vector, amount)| (minute, sums.text(vector[EXTRA]), amount.count))
            .collect();
        assert_eq!(turned, [(Minute::of(HOUR), "4h", 1)]);
    }

    #[test]
    fn a_switchboard_is_no_trial() {
        let starts: Vec<_> = (0..60).map(|_| (1, None)).collect();
        check(Metric::RepeatContactRate24h, &starts, (49, 50));
    }

    #[test]
    fn what_follows_a_settled_visit_is_a_repeat_however_often_that_visit_changes() {
        let day = |days: i64| days * DAY;
        let mut counted = Sums::default();
        let mut customer = Customer::default();
        let first = |later: i64| (conversation(1), vec![visit(0, None), visit(day(later), None)]);
        customer.revise([(conversation(1), vec![visit(0, None)])], day(-38), &mut counted);
        customer.revise([(conversation(2), vec![visit(day(5), None)])], day(5 - 38), &mut counted);
        // Two more of the first one's events, when it is settled and the other is not.
        customer.revise([first(41)], day(41 - 38), &mut counted);
        customer.revise([first(42)], day(42 - 38), &mut counted);
        let repeats = counted.iter().filter(|(_, of, ..)| *of == Metric::RepeatContactRate7d);
        let repeats: i128 = repeats.map(|(.., amount)| amount.sum).sum();
        assert_eq!(repeats, 1);
    }

    #[test]
    fn what_is_settled_is_counted_once_and_what_is_learned_later_still_counts() {
        let day = |days: i64| days * DAY;
        let mut counted = Sums::default();
        let mut customer = Customer::default();
        // Now, and the resolution that the conversation of day 0 has by then.
        for (now, resolved) in
            [(0, None), (20, None), (45, Some(45)), (60, Some(45)), (90, Some(45))]
        {
            let visits = vec![visit(0, resolved.map(day))];
            customer.revise([(conversation(1), visits)], day(now - 38), &mut counted);
        }
        let next = (conversation(2), vec![visit(day(100), None)]);
        customer.revise([next], day(100 - 38), &mut counted);
        assert_eq!(customer.entries.len(), 1);
        let trials = |metric| counted.iter().filter(|(_, of, ..)| *of == metric).count();
        assert_eq!(trials(Metric::RepeatContactRate24h), 2);
        assert_eq!(trials(Metric::DurableResolutionRate), 1);
    }

    #[test]
    fn what_is_stored_is_read_back_and_replacing_the_same_changes_nothing() {
        let mut customer = Customer::default();
        assert!(customer.replace(conversation(1), vec![visit(HOUR, Some(2 * HOUR))]));
        assert!(!customer.replace(conversation(1), vec![visit(HOUR, Some(2 * HOUR))]));
        assert_eq!(Customer::decode(&customer.encode()).unwrap(), customer);
    }
}
