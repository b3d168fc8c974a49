//! Which metrics keep the conversations behind them.

use crate::metric::{BadDirection, Family, Kind, Metric};

/// Whether contributions to a metric can be examples of something bad for the customer, which is what
/// conversations are kept for. A level, a cost or a mere count is made of all conversations alike.
pub fn keeps_examples(metric: Metric) -> bool {
    // Data about the data has no conversation behind it.
    if metric.definition().family == Family::Data {
        return false;
    }
    match (metric.kind(), metric.definition().bad) {
        (Kind::Ratio, BadDirection::Up | BadDirection::Down)
        | (Kind::Index | Kind::Mean, BadDirection::Down)
        | (Kind::Count | Kind::Distribution, BadDirection::Up) => true,
        (Kind::Sum, BadDirection::Up) => metric == Metric::RevenueAtRisk,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::badness_of, sums::Amount};

    #[test]
    fn a_metric_keeps_examples_if_something_in_it_can_be_bad() {
        let amounts = [
            Amount::trial(true),
            Amount::trial(false),
            Amount::value(-1_000_000),
            Amount::sample(i64::MAX),
            Amount::count(1),
            Amount::flow(1),
            Amount { sum: -1, ..Amount::count(1) },
        ];
        for metric in Metric::public().filter(|one| one.definition().family != Family::Data) {
            let can_be_bad = amounts.iter().any(|amount| badness_of(metric, amount).is_some());
            assert_eq!(keeps_examples(metric), can_be_bad, "{metric}");
        }
        assert!(keeps_examples(Metric::FallbackRate) && !keeps_examples(Metric::Contacts));
        assert!(!keeps_examples(Metric::LateEvents) && !keeps_examples(Metric::Backlog));
    }
}
