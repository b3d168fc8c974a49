//! What a conversation contributes: a pure function of the set of its events and the configuration.

use rustc_hash::FxHashMap;

use super::{
    Conversation, confidence, evaluations, gauges, handling, handoff, outcomes, parts, queueing,
    responses, routing, sentiment, signals, sla, stuck,
    timeline::{self, Timeline},
};
use crate::{
    configuration::{Configuration, Settings},
    customer::Visit,
    dimension::{Dimension, EXTRA, Vector},
    id::{ConversationId, CustomerId},
    metric::{BadDirection, Cut, Kind, Metric},
    minute::Minute,
    sabotage::{self, Sabotage},
    sums::{Amount, Exemplar, Sums},
    symbol::{Sym, Symbols},
};

/// An amount of a metric at a minute; the vector's symbols are the conversation's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// When.
    pub minute: Minute,
    /// What.
    pub metric: Metric,
    /// By which dimension values.
    pub vector: Vector,
    /// How much.
    pub amount: Amount,
}

/// All that a conversation contributes.
#[derive(Clone, Debug, Default)]
pub struct Contributions {
    /// To the rollups, on its own account.
    pub list: Vec<Contribution>,
    /// To its customer's history, where the customer is known.
    pub visits: Vec<(CustomerId, Visit)>,
}

/// Folds a conversation. Adds to its table of symbols what dimensions need (`unknown`, age bands).
pub fn contributions(
    conversation: &mut Conversation,
    configuration: &Configuration,
) -> Contributions {
    let mut symbols = std::mem::take(&mut conversation.symbols);
    let mut folded = Contributions::default();
    let unknown = timeline::unknown(&mut symbols);
    let events = conversation.sorted();
    for mut part in parts::split(&events) {
        let ends = parts::ends_by_silence(&part);
        part.extend(ends.iter());
        part.sort_by_key(|event| event.order());
        let timeline = Timeline::new(part, &symbols, unknown);
        fold_part(&timeline, configuration, &mut symbols, &mut folded);
    }
    conversation.symbols = symbols;
    folded
}

fn fold_part(
    timeline: &Timeline<'_>,
    configuration: &Configuration,
    symbols: &mut Symbols,
    folded: &mut Contributions,
) {
    let mut out = Out { timeline, configuration, symbols, list: &mut folded.list };
    responses::contribute(&mut out);
    queueing::contribute(&mut out);
    gauges::contribute(&mut out);
    sentiment::contribute(&mut out);
    handling::contribute(&mut out);
    evaluations::contribute(&mut out);
    confidence::contribute(&mut out);
    stuck::contribute(&mut out);
    signals::contribute(&mut out);
    routing::contribute(&mut out);
    handoff::contribute(&mut out);
    sla::contribute(&mut out);
    let visit = outcomes::contribute(&mut out);
    if let (Some(customer), Some(visit)) = (timeline.customer(), visit) {
        folded.visits.push((customer, visit));
    }
}

/// Where the parts of the fold put their contributions.
pub(super) struct Out<'a> {
    pub(super) timeline: &'a Timeline<'a>,
    configuration: &'a Configuration,
    pub(super) symbols: &'a mut Symbols,
    list: &'a mut Vec<Contribution>,
}

impl<'a> Out<'a> {
    /// What is set at the time of an event.
    pub(super) fn settings(&self, index: usize) -> &'a Settings {
        self.configuration.at(self.timeline.time(index))
    }

    /// The value of a dimension in force at an event.
    pub(super) fn value(&self, index: usize, dimension: Dimension) -> &str {
        self.symbols.text(self.timeline.vectors[index][dimension.index()])
    }

    /// Contributes at an event, with the dimensions in force there.
    pub(super) fn at(&mut self, index: usize, metric: Metric, amount: Amount) {
        self.dated(self.timeline.time(index), index, metric, amount);
    }

    /// Contributes at an event, with a value of the metric's own dimension.
    pub(super) fn at_extra(&mut self, index: usize, metric: Metric, amount: Amount, extra: &str) {
        let extra = self.symbols.intern(extra);
        self.put(self.timeline.time(index), index, metric, amount, extra);
    }

    /// Contributes at another time than the event whose dimensions are in force.
    pub(super) fn dated(&mut self, time: i64, index: usize, metric: Metric, amount: Amount) {
        self.put(time, index, metric, amount, Sym::ABSENT);
    }

    /// Raises a gauge for a time, in nanoseconds; nothing where it ends before it begins.
    pub(super) fn level(&mut self, (from, to): (i64, i64), index: usize, metric: Metric) {
        if from < to {
            self.dated(from, index, metric, Amount::flow(1));
            self.dated(to, index, metric, Amount::flow(-1));
        }
    }

    /// Contributes at another time, with a value of the metric's own dimension.
    pub(super) fn dated_extra(
        &mut self,
        time: i64,
        index: usize,
        metric: Metric,
        amount: Amount,
        extra: &str,
    ) {
        let extra = self.symbols.intern(extra);
        self.put(time, index, metric, amount, extra);
    }

    fn put(&mut self, time: i64, index: usize, metric: Metric, amount: Amount, extra: Sym) {
        let mut vector = cut(metric.definition().cut, self.timeline.vectors[index]);
        vector[EXTRA] = extra;
        self.list.push(Contribution { minute: Minute::of(time), metric, vector, amount });
    }
}

/// The vector with only the dimensions that the metric is kept by.
pub(crate) fn cut(cut: Cut, mut vector: Vector) -> Vector {
    if cut != Cut::All {
        for dimension in Dimension::ALL {
            if !cut.has(dimension) {
                vector[dimension.index()] = Sym::ABSENT;
            }
        }
    }
    vector
}

impl Contributions {
    /// Adds `after - before` to a delta. Both must be folds of one conversation, whose symbols they
    /// share.
    pub fn add_change(
        before: &Self,
        after: &Self,
        conversation: ConversationId,
        symbols: &Symbols,
        delta: &mut Sums,
    ) {
        type Key = (Minute, Metric, Vector);
        let mut change: FxHashMap<Key, (Amount, Exemplar)> = FxHashMap::default();
        let taken_back = if sabotage::is(Sabotage::ContributionsNotTakenBack) { 0 } else { -1 };
        for (list, sign) in [(&after.list, 1), (&before.list, taken_back)] {
            for Contribution { minute, metric, vector, amount } in list {
                let (sum, exemplar) = change.entry((*minute, *metric, *vector)).or_default();
                sum.merge(amount, sign);
                if let Some(badness) = badness(*metric, amount) {
                    exemplar.count += sign;
                    exemplar.badness += sign * badness;
                }
            }
        }
        let map = delta.symbols_mut().absorb(symbols);
        for ((minute, metric, vector), (amount, exemplar)) in change {
            if amount.is_zero() && exemplar == Exemplar::default() {
                continue;
            }
            let exemplar = (exemplar != Exemplar::default()).then_some((conversation, exemplar));
            delta.add_mapped(&map, (minute, metric, &vector), &amount, exemplar);
        }
    }
}

/// No contribution counts as worse than a million units, so that many can be added up.
const WORST: i64 = 1_000_000_000_000;

/// How bad a contribution is for the customer; `None` where it is no example of anything bad.
pub(crate) fn badness(metric: Metric, amount: &Amount) -> Option<i64> {
    let value = i64::try_from(amount.sum).unwrap_or(i64::MAX).min(WORST);
    match (metric.kind(), metric.definition().bad) {
        (Kind::Ratio, BadDirection::Up) => (value > 0).then_some(1),
        (Kind::Ratio, BadDirection::Down) => (value == 0 && amount.count > 0).then_some(1),
        (Kind::Index, BadDirection::Down) => (value < 0).then_some(1),
        (Kind::Count, BadDirection::Up) => Some(1),
        (Kind::Sum, BadDirection::Up) if metric == Metric::RevenueAtRisk => Some(value),
        (Kind::Mean, BadDirection::Down) => match metric {
            Metric::Sentiment => (value < 0).then_some(-value),
            Metric::HandoffQuality => (value < 50_000_000).then_some(100_000_000 - value),
            _ => (value < 500_000).then_some(1_000_000 - value),
        },
        (Kind::Distribution, BadDirection::Up) => (value >= slow(metric)).then_some(value),
        _ => None,
    }
}

/// From here a value is worth an exemplar, in millionths of the metric's unit.
const fn slow(metric: Metric) -> i64 {
    match metric {
        Metric::AiLatency => 5_000 * 1_000_000,
        Metric::SpeedOfAnswer => 20 * 1_000_000,
        Metric::ResolutionTime => 3_600 * 1_000_000,
        _ => 60 * 1_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bad_for_the_customer_is_an_example_the_worse_the_greater() {
        for (metric, amount, expected) in [
            (Metric::HandoffQuality, Amount::value(49_000_000), Some(51_000_000)),
            (Metric::HandoffQuality, Amount::value(50_000_000), None),
            (Metric::Tone, Amount::value(400_000), Some(600_000)),
            (Metric::Sentiment, Amount::value(-200_000), Some(200_000)),
            (Metric::SlaBreachRate, Amount::trial(true), Some(1)),
            (Metric::SlaBreachRate, Amount::trial(false), None),
            (Metric::AnswerAccuracy, Amount::trial(false), Some(1)),
            (Metric::FalseConfidenceRate, Amount::trial(true), Some(1)),
            (Metric::CalibrationGood, Amount::trial(false), None),
            (Metric::StuckConversations, Amount::count(1), Some(1)),
            (Metric::SlaAtRisk, Amount::flow(1), None),
            (Metric::ResolutionTime, Amount::sample(i64::MAX), Some(WORST)),
        ] {
            assert_eq!(badness(metric, &amount), expected, "{metric} {amount:?}");
        }
    }
}
