//! `event`: one event is enough.
//!
//! Signals are contributions, as exact as the counts: `signals` counts them by kind, and the
//! conversations behind them are its exemplars.
//!
//! There is one alert for a cell, not for a conversation: ten conversations that one fault makes stuck
//! are one page with ten exemplars, and who is paged looks at the newest anyway. It stays while the
//! window holds one, so it closes when none came for as long.

use super::{Judgement, Verdict};
use crate::sums::Amount;

/// Judges a window's signals.
pub(super) fn judge(window: &Amount, minutes: i32) -> Judgement {
    let verdict = if window.count > 0 { Verdict::Open } else { Verdict::Clear };
    #[expect(clippy::cast_precision_loss, reason = "signals are few")]
    let value = Some(window.count.max(0) as f64);
    let n = window.count;
    Judgement { verdict, value, expected: None, n, window: minutes, reason: None }
}

#[cfg(test)]
mod tests {
    use crate::{
        conversation::Signal,
        rule::{Condition, Verdict, parse},
        sums::Amount,
    };

    #[test]
    fn one_is_enough_and_names_itself() {
        let yaml = "rules:\n  - {name: a, event: stuck, by: [intent], over: 15m, severity: page, next_action: x, owner: admin}";
        let rule = parse(yaml).unwrap().remove(0);
        assert_eq!(rule.condition, Condition::Event(Signal::Stuck));
        assert_eq!(rule.selection.label_names().collect::<Vec<_>>(), ["intent", "signal"]);
        assert_eq!(rule.selection.only_extra, ["stuck"]);
        assert_eq!(rule.windows(), [15]);
        for (count, expect) in [(0, Verdict::Clear), (1, Verdict::Open), (9, Verdict::Open)] {
            assert_eq!(rule.judge(&[Amount::count(count)], &[]).verdict, expect, "{count}");
        }
        assert_eq!(rule.judge(&[], &[]).verdict, Verdict::Clear);
    }

    #[test]
    fn an_event_that_is_none_is_refused() {
        let yaml = "rules:\n  - {name: a, event: stuk, metric: csat, severity: page, next_action: x, owner: admin}";
        let error = parse(yaml).unwrap_err().to_string();
        assert!(error.contains("`event` is `stuk`: did you mean `stuck`?"), "{error}");
        assert!(error.contains("`metric` does not apply to `event`"), "{error}");
    }
}
