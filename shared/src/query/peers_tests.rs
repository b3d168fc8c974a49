use super::*;
use crate::{
    query::{
        Beside,
        tests::{Row, answer, by, only, sums, trials},
    },
    sums::Amount,
};

const STEPS: (i32, i32) = (0, 600);

fn at<'a>(agent: &'a str, team: &'a str, intent: &'a str) -> [(Dimension, &'a str); 3] {
    [(Dimension::Agent, agent), (Dimension::Team, team), (Dimension::Intent, intent)]
}

/// What tells a person from an AI agent.
fn works<'a>(agent: &'a [(Dimension, &'a str)]) -> Row<'a> {
    (5, Metric::AgentHandleTime, agent, "", Amount::sample(60_000_000))
}

fn peers(selection: &Selection, rows: &[Row<'_>]) -> Peers {
    let steps = Steps::range(Minute(STEPS.0), Minute(STEPS.1));
    let mut count = PeerCount::new(selection, &steps).unwrap().unwrap();
    // In two parts, as days are read.
    let (first, second) = rows.split_at(rows.len() / 2);
    count.add(&sums(first.to_vec()));
    count.add(&sums(second.to_vec()));
    count.finish()
}

/// Of refunds everybody resolves 60 of 120, of deliveries 90 of 100. Ann has 60 refunds and 20
/// deliveries: (60 × 0.5 + 20 × 0.9) / 80 = 0.6. Bo has 60 and 80: (30 + 72) / 140 = 0.72857.
#[test]
fn an_agent_is_held_against_everybodys_figures_in_the_same_mix() {
    let metric = Metric::ResolutionRate;
    let mixes = [
        at("#ann", "x", "refund"),
        at("#ann", "x", "delivery"),
        at("#bo", "x", "refund"),
        at("#bo", "x", "delivery"),
        at("unknown", "unknown", "refund"),
        at("#bot", "unknown", "refund"),
    ];
    let counts = [(20, 60), (20, 20), (40, 60), (70, 80), (1_000, 1_000), (1_000, 1_000)];
    let mut rows: Vec<Row<'_>> = mixes
        .iter()
        .zip(counts)
        .map(|(mix, (good, of))| (5, metric, mix.as_slice(), "", trials(good, of)))
        .collect();
    rows.extend([&mixes[0], &mixes[2]].map(|mix| works(mix)));
    let selection = by(metric, Dimension::Agent);
    let beside = Beside { peers: peers(&selection, &rows), ..Beside::default() };
    let steps = Steps::range(Minute(STEPS.0), Minute(STEPS.1));
    let found = answer(&selection, &steps, &[sums(rows)], &beside);
    let expected: Vec<_> = found
        .iter()
        .map(|series| (series.dimensions["agent"].as_str(), series.points[0].expected))
        .collect();
    let near = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-12;
    assert!(expected[0].0 == "#ann" && near(expected[0].1, 0.6), "{expected:?}");
    assert!(expected[1].0 == "#bo" && near(expected[1].1, 102.0 / 140.0), "{expected:?}");
    assert_eq!(expected[2..], [("#bot", None), ("unknown", None)]);
}

#[test]
fn evaluators_are_expected_of_apart() {
    let metric = Metric::AnswerAccuracy;
    let (ann, bo) = (at("#ann", "x", "refund"), at("#bo", "x", "refund"));
    let rows = [
        (0, metric, ann.as_slice(), "human", trials(30, 30)),
        (0, metric, bo.as_slice(), "human", trials(0, 30)),
        (0, metric, bo.as_slice(), "rule", trials(0, 30)),
        works(&ann),
        works(&bo),
    ];
    let found = peers(&by(metric, Dimension::Agent), &rows).expected;
    let label = |agent: &str, evaluator: &str| vec![agent.to_owned(), evaluator.to_owned()];
    assert_eq!(found[&label("#ann", "human")].get(&Minute(0)), Some(&0.5));
    assert_eq!(found[&label("#bo", "rule")].get(&Minute(0)), Some(&0.0));
}

#[test]
fn a_team_of_fewer_than_three_is_individuals() {
    let metric = Metric::Csat;
    let seen = [
        at("#a", "pair", ""),
        at("#b", "pair", ""),
        at("#c", "trio", ""),
        at("#d", "trio", ""),
        at("#e", "trio", ""),
        at("unknown", "bots", ""),
    ];
    // The agents of a team are those seen by any metric.
    let rows: Vec<Row<'_>> = seen
        .iter()
        .map(|mix| (7, Metric::Sentiment, mix.as_slice(), "", Amount::value(1)))
        .collect();
    let by_team = by(metric, Dimension::Team);
    let found = peers(&by_team, &rows);
    for (team, individual) in [("pair", true), ("trio", false), ("bots", false)] {
        let label = vec![team.to_owned()];
        assert_eq!(found.is_individual(&by_team, &label), individual, "{team}");
        assert!(Peers::default().is_individual(&by_team, &label), "{team}");
        let narrowed = only(metric, Dimension::Team, &[team]);
        assert_eq!(found.is_individual(&narrowed, &vec![]), individual, "{team}");
    }
    let both = only(metric, Dimension::Team, &["pair", "trio"]);
    assert!(!found.is_individual(&both, &vec![]));
}

#[test]
fn whoever_is_not_asked_for_has_no_peers() {
    let steps = Steps::range(Minute(0), Minute(1));
    let total = Selection::total(Metric::Csat);
    assert!(PeerCount::new(&total, &steps).unwrap().is_none());
}
