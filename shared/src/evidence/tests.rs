use proptest::prelude::*;

use super::*;
use crate::{
    alert::Change,
    dimension::WIDTH,
    id::ConversationId,
    metric::Metric,
    sums::{Amount, Exemplar, Sums},
};

const NOON: Minute = Minute(29_490_480);
const WEEK: i32 = 7 * 1440;
/// Before this minute nothing is held.
const HELD: i32 = -240;

/// Intent, channel, queue, prompt, model, knowledge base.
type Values<'a> = [&'a str; 6];

fn add(sums: &mut Sums, at: Minute, metric: Metric, values: Values<'_>, amount: &Amount) {
    let mut vector = [""; WIDTH];
    for (axis, value) in AXES.into_iter().zip(values) {
        vector[axis.index()] = value;
    }
    let vector = sums.vector(vector);
    sums.add(at, metric, vector, amount);
}

fn trials(bad: i64, all: i64) -> Amount {
    Amount { sum: i128::from(bad), count: all, ..Amount::default() }
}

fn explained(now: &Sums, weeks: &[(i32, Sums)], metric: Metric, window: i32) -> Explanation {
    let rows = Rows::of([now], metric);
    let weeks: Vec<_> =
        weeks.iter().map(|(back, sums)| (*back, Rows::of([sums], metric))).collect();
    let spans = Spans {
        window: (NOON.plus(-window), NOON),
        held: NOON.plus(HELD),
        episode: NOON.plus(-window),
        current: &rows,
        weeks: &weeks,
        traffic: None,
    };
    explain_window(&Selection::total(metric), &spans)
}

fn cell(of: &[(&str, &str)]) -> Cell {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A vector with its bad trials and all of them, now and before.
type Vector<'a> = (Values<'a>, (i64, i64), (i64, i64));

/// A window of an hour and the weeks before it.
fn told(vectors: &[Vector<'_>]) -> Explanation {
    let (mut now, mut before) = (Sums::default(), Sums::default());
    for (values, (bad, all), (bad_before, all_before)) in vectors {
        let metric = Metric::FallbackRate;
        add(&mut now, NOON.plus(-9), metric, *values, &trials(*bad, *all));
        add(&mut before, NOON.plus(-9 - WEEK), metric, *values, &trials(*bad_before, *all_before));
    }
    explained(&now, &[(WEEK, before)], Metric::FallbackRate, 60)
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

#[test]
fn the_cell_of_an_incident_comes_before_its_parents_and_its_slices() {
    let explanation = told(&[
        (["refund", "chat", "returns", "p1", "m1", "k1"], (50, 100), (6, 100)),
        (["refund", "voice", "returns", "p1", "m1", "k1"], (25, 50), (3, 50)),
        (["return", "chat", "returns", "p2", "m1", "k1"], (6, 100), (6, 100)),
        (["order", "chat", "orders", "p3", "m1", "k1"], (12, 200), (12, 200)),
        (["order", "voice", "orders", "p3", "m1", "k1"], (6, 100), (6, 100)),
    ]);
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, cell(&[("intent", "refund")]));
    assert_eq!(first.same, [cell(&[("prompt_version", "p1")])]);
    assert_eq!((first.n, first.before, first.now), (150, Some(0.06), Some(0.5)));
    close(explanation.rate, explanation.difference());
    close(first.rate, explanation.difference());
    assert_eq!(explanation.parts.len(), 2, "{explanation:?}");
    assert!(explanation.parts[1].is_rest);
    close(explanation.mix, 0.0);
}

#[test]
fn a_slice_is_named_where_only_it_got_worse() {
    let explanation = told(&[
        (["refund", "chat", "returns", "p1", "m1", "k1"], (50, 100), (6, 100)),
        (["refund", "voice", "returns", "p1", "m1", "k1"], (6, 100), (6, 100)),
        (["order", "chat", "orders", "p3", "m1", "k1"], (12, 200), (12, 200)),
        (["order", "voice", "orders", "p3", "m1", "k1"], (6, 100), (6, 100)),
    ]);
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, cell(&[("intent", "refund"), ("channel", "chat")]));
}

#[test]
fn where_all_got_worse_alike_no_part_is_named() {
    let explanation = told(&[
        (["refund", "chat", "returns", "p1", "m1", "k1"], (30, 100), (6, 100)),
        (["order", "chat", "orders", "p3", "m1", "k1"], (60, 200), (12, 200)),
        (["order", "voice", "orders", "p3", "m1", "k1"], (30, 100), (6, 100)),
    ]);
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, Cell::new());
    assert_eq!(explanation.parts.len(), 1);
}

#[test]
fn every_part_may_get_better_while_the_whole_gets_worse() {
    // Simpson: each intent falls back less than before, but there is more of the difficult one.
    let explanation = told(&[
        (["hard", "chat", "q", "p", "m", "k"], (180, 600), (66, 200)),
        (["easy", "chat", "q", "p", "m", "k"], (16, 400), (40, 800)),
    ]);
    assert!(explanation.difference() > 0.08);
    assert!(explanation.rate < 0.0, "{explanation:?}");
    assert!(explanation.mix > explanation.difference());
    close(explanation.rate + explanation.mix, explanation.difference());
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, cell(&[("intent", "hard")]));
    assert!(first.is_more && first.rate < 0.0 && first.mix > 0.0);
}

#[test]
fn a_new_version_is_compared_with_the_one_that_it_replaced() {
    let explanation = told(&[
        (["refund", "chat", "returns", "p1", "m1", "k1"], (3, 50), (12, 200)),
        (["refund", "chat", "returns", "p2", "m1", "k1"], (60, 150), (0, 0)),
        (["order", "chat", "orders", "p3", "m1", "k1"], (24, 400), (24, 400)),
        (["order", "voice", "orders", "p3", "m1", "k1"], (6, 100), (6, 100)),
    ]);
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, cell(&[("prompt_version", "p2")]));
    close(first.before.unwrap(), 0.06);
    close(first.rate, explanation.difference());
    close(first.mix, 0.0);
}

#[test]
fn a_version_that_always_was_worse_is_no_explanation() {
    let explanation = told(&[
        (["refund", "chat", "returns", "p1", "m1", "k1"], (6, 100), (6, 100)),
        (["refund", "chat", "returns", "p1", "m2", "k1"], (15, 100), (15, 100)),
        (["order", "chat", "orders", "p2", "m1", "k1"], (60, 100), (6, 100)),
        (["order", "chat", "orders", "p2", "m2", "k1"], (69, 100), (15, 100)),
    ]);
    assert_eq!(explanation.first().unwrap().cell, cell(&[("intent", "order")]));
    assert_eq!(explanation.parts.len(), 2, "{explanation:?}");
}

#[test]
fn of_a_count_it_is_named_what_grew_beyond_the_rest() {
    let (mut now, mut weeks) = (Sums::default(), Vec::new());
    for (intent, n, usual) in [("refund", 90, 30), ("order", 105, 100), ("login", 42, 40)] {
        let values = [intent, "chat", "q", "p", "m", "k"];
        add(&mut now, NOON.plus(-5), Metric::StuckConversations, values, &Amount::count(n));
        for week in 1..=4 {
            let mut sums = Sums::default();
            let at = NOON.plus(-5 - week * WEEK);
            add(&mut sums, at, Metric::StuckConversations, values, &Amount::count(usual));
            weeks.push((week * WEEK, sums));
        }
    }
    let mut merged: Vec<(i32, Sums)> = Vec::new();
    for (back, sums) in weeks {
        match merged.iter_mut().find(|(known, _)| *known == back) {
            Some((_, known)) => known.merge(&sums, 1),
            None => merged.push((back, sums)),
        }
    }
    let explanation = explained(&now, &merged, Metric::StuckConversations, 60);
    assert_eq!((explanation.before, explanation.now, explanation.weeks), (170.0, 237.0, 4));
    let first = explanation.first().unwrap();
    assert_eq!(first.cell, cell(&[("intent", "refund")]));
    close(first.rate + first.mix, 60.0);
    close(explanation.rate + explanation.mix, 67.0);
}

#[test]
fn without_earlier_weeks_the_time_before_the_episode_is_the_baseline() {
    let mut sums = Sums::default();
    for minute in -180..0 {
        for (intent, worse) in [("refund", 8), ("order", 1)] {
            let bad = if minute >= -60 { worse } else { 1 };
            let values = [intent, "chat", "q", "p", "m", "k"];
            add(&mut sums, NOON.plus(minute), Metric::FallbackRate, values, &trials(bad, 16));
        }
    }
    let explanation = explained(&sums, &[], Metric::FallbackRate, 60);
    assert_eq!((explanation.weeks, explanation.before), (0, 0.0625));
    assert_eq!(explanation.first().unwrap().cell, cell(&[("intent", "refund")]));
}

#[test]
fn what_does_not_add_up_is_refused_with_the_reason() {
    let sums = Sums::default();
    for (metric, reason) in [
        (
            Metric::QueueLength,
            "it is a level: what stands there now is no sum of what happened in the window",
        ),
        (
            Metric::Occupancy,
            "it is worked out from other metrics, and its parts do not add up to it",
        ),
        (
            Metric::CalibrationError,
            "it is worked out from other metrics, and its parts do not add up to it",
        ),
        (Metric::Completeness, "it is about sources, not about conversations"),
        (Metric::FallbackRate, "there is nothing to compare it with yet"),
    ] {
        let explanation = explained(&sums, &[], metric, 60);
        assert_eq!(explanation.refused.as_deref(), Some(reason), "{metric}");
        assert!(explanation.parts.is_empty());
    }
}

/// An intent whose prompt is deployed half an hour ago and is bad from then on.
fn incident() -> (Sums, Vec<(i32, Sums)>) {
    let (mut now, mut weeks) = (Sums::default(), Vec::new());
    let mut id = 0_u8;
    for minute in HELD..0 {
        for (intent, prompt) in [("refund", "refund-1"), ("order", "order-7"), ("login", "login-3")]
        {
            let is_bad = intent == "refund" && minute >= -30;
            let version = if is_bad { "refund-2" } else { prompt };
            let kb = if minute >= -150 { "kb-2" } else { "kb-1" };
            let values = [intent, "chat", "q", version, "m", kb];
            let bad = if is_bad { 4 } else { i64::from(minute % 2 == 0) };
            add(&mut now, NOON.plus(minute), Metric::FallbackRate, values, &trials(bad, 8));
            if bad > 1 {
                id += 1;
                let mut vector = [""; WIDTH];
                for (axis, value) in AXES.into_iter().zip(values) {
                    vector[axis.index()] = value;
                }
                let vector = now.vector(vector);
                let exemplar = Exemplar { count: bad, badness: bad };
                let of = ConversationId::parse(&format!("{id:02x}").repeat(16)).unwrap();
                let (at, one) = (NOON.plus(minute), Some((of, exemplar)));
                now.add_with_exemplar(at, Metric::FallbackRate, vector, &Amount::default(), one);
            }
        }
    }
    for week in 1..=2 {
        let mut sums = Sums::default();
        for (intent, prompt) in [("refund", "refund-0"), ("order", "order-6"), ("login", "login-3")]
        {
            let values = [intent, "chat", "q", prompt, "m", "kb-0"];
            for minute in HELD..0 {
                let at = NOON.plus(minute - week * WEEK);
                add(
                    &mut sums,
                    at,
                    Metric::FallbackRate,
                    values,
                    &trials(i64::from(minute % 2 == 0), 8),
                );
            }
        }
        weeks.push((week * WEEK, sums));
    }
    (now, weeks)
}

fn change(before: i32, (kind, name, version): (&str, &str, &str)) -> Change {
    Change {
        time: NOON.plus(-before).start() - 20_000_000_000,
        kind: kind.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        fit: None,
    }
}

#[test]
fn the_change_that_fits_time_and_place_is_named_first() {
    let (now, weeks) = incident();
    let window = explained(&now, &weeks, Metric::FallbackRate, 60);
    assert_eq!(window.first().unwrap().cell, cell(&[("prompt_version", "refund-2")]));
    let rows = Rows::of([&now], Metric::FallbackRate);
    let past: Vec<_> =
        weeks.iter().map(|(back, sums)| (*back, Rows::of([sums], Metric::FallbackRate))).collect();
    let held = (NOON.plus(HELD), NOON);
    let selection = Selection::total(Metric::FallbackRate);
    let spans = Spans {
        window: (NOON.plus(-60), NOON),
        held: held.0,
        episode: NOON.plus(-60),
        current: &rows,
        weeks: &past,
        traffic: None,
    };
    let (explanation, curve) = explain(&selection, &spans);
    assert_eq!(explanation.onset.map(Minute::of), Some(NOON.plus(-30)));
    // Since then they are the same conversations.
    let part = explanation.first().unwrap().clone();
    assert_eq!(part.cell, cell(&[("intent", "refund")]));
    assert_eq!(part.same, [cell(&[("prompt_version", "refund-2")])]);
    let mut changes = vec![
        change(150, ("knowledge_base", "articles", "kb-2")),
        change(33, ("prompt", "order", "order-8")),
        change(30, ("prompt", "refund", "refund-2")),
        change(12, ("model", "lm", "m")),
        change(200, ("routing", "queue-table", "table-3")),
    ];
    let known = fit::Known {
        selection: &selection,
        explanation: &explanation,
        part: &part,
        curve: &curve,
        rows: &rows,
        held,
        window: NOON.plus(-60),
    };
    fit::rank(&mut changes, &known);
    let first = changes[0].fit.as_ref().unwrap();
    assert_eq!(changes[0].version, "refund-2");
    assert!(first.share > 0.8, "{first:?}");
    insta::assert_snapshot!(first.reason, @"deployed 1 min before it began; 100 % of what got worse carries its version, which 32 % of all do");
    for other in &changes[1..] {
        assert!(other.fit.as_ref().unwrap().share < fit::FITS, "{other:?}");
    }
    let narrowed = selection.narrowed(&part.cell);
    let window = (NOON.plus(-30), NOON);
    assert_eq!(exemplars(&narrowed, &rows, window, 5).len(), 5);
    let hit = affected(&narrowed, part.now.zip(part.before), &rows, window).unwrap();
    // Of 30 conversations with four bad answers each, one in eight is usual.
    assert_eq!(hit, Affected { conversations: 26, is_estimate: false });
}

proptest! {
    #[test]
    fn rate_and_mix_effects_of_all_parts_add_up_to_the_difference(
        rows in prop::collection::vec(
            ((0..3_usize, 0..2_usize, 0..3_usize, 0..3_usize),
             (0..40_i64, 0..40_i64), (0..40_i64, 0..40_i64)),
            4..30,
        ),
        metric in prop::sample::select(vec![
            Metric::FallbackRate, Metric::AiConfidence, Metric::HandleTime, Metric::AiCost,
            Metric::StuckConversations, Metric::Nps,
        ]),
    ) {
        let names = ["a", "b", "c"];
        let (mut now, mut before) = (Sums::default(), Sums::default());
        for ((intent, channel, queue, version), (x, n), (y, m)) in rows {
            let values = [names[intent], names[channel], names[queue], names[version], "m", "k"];
            let amount = |part: i64, all: i64| {
                let sum = match metric {
                    Metric::FallbackRate | Metric::Nps => i128::from(part.min(all)),
                    _ => i128::from(part) * 250_000,
                };
                let count = all.max(i64::from(part > 0));
                Amount { sum, count, ..Amount::default() }
            };
            add(&mut now, NOON.plus(-3), metric, values, &amount(x, n));
            add(&mut before, NOON.plus(-3 - WEEK), metric, values, &amount(y, m));
        }
        let explanation = explained(&now, &[(WEEK, before)], metric, 60);
        if explanation.refused.is_none() {
            let parts: f64 = explanation.parts.iter().map(|part| part.rate + part.mix).sum();
            let scale = explanation.now.abs().max(explanation.before.abs()).max(1.0);
            prop_assert!((parts - explanation.difference()).abs() < 1e-9 * scale);
            prop_assert!(
                (explanation.rate + explanation.mix - explanation.difference()).abs() < 1e-9 * scale
            );
            let n: i64 = explanation.parts.iter().map(|part| part.n).sum();
            let share: f64 = explanation.parts.iter().map(|part| part.share).sum();
            prop_assert!(n == 0 || (share - 1.0).abs() < 1e-9);
        }
    }
}
