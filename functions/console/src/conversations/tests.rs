use tocsin_domain::{
    dimension::WIDTH,
    sums::{Amount, Exemplar, Sums},
};

use super::*;

fn sums(exemplars: &[(i32, &str, u8, i64, i64)]) -> Sums {
    let mut sums = Sums::default();
    for (minute, channel, id, count, badness) in exemplars {
        let mut values = [""; WIDTH];
        values[Dimension::Channel.index()] = channel;
        let vector = sums.vector(values);
        let exemplar = Exemplar { count: *count, badness: *badness };
        let amount = Amount::trial(false);
        let exemplar = Some((hash(*id), exemplar));
        sums.add_with_exemplar(Minute(*minute), Metric::Csat, vector, &amount, exemplar);
    }
    sums
}

fn hash(id: u8) -> ConversationId {
    KeyedHash::parse(&format!("{id:032x}")).unwrap()
}

#[track_caller]
fn check(selection: &Selection, behind: &[(i32, &str, u8, i64, i64)], expect: &[u8]) {
    let sums = sums(behind);
    let rows = Rows::of([&sums], selection.metric);
    let found = exemplars(selection, &rows, (Minute(0), Minute(60)), usize::MAX);
    assert_eq!(found, expect.iter().map(|id| hash(*id)).collect::<Vec<_>>());
}

#[test]
fn the_worst_comes_first_and_each_once() {
    let csat = Selection::total(Metric::Csat);
    check(&csat, &[(1, "chat", 1, 1, 5), (2, "chat", 2, 1, 9), (3, "voice", 1, 1, 20)], &[1, 2]);
    check(&csat, &[(1, "chat", 3, 1, 5), (2, "chat", 2, 1, 5)], &[2, 3]);
}

#[test]
fn what_was_taken_back_or_lies_outside_is_left_out() {
    let csat = Selection::total(Metric::Csat);
    check(&csat, &[(1, "chat", 1, 0, 5), (60, "chat", 2, 1, 5), (59, "chat", 3, 1, 5)], &[3]);
    check(&Selection::total(Metric::Nps), &[(1, "chat", 1, 1, 5)], &[]);
}

#[test]
fn a_condition_narrows() {
    let mut csat = Selection::total(Metric::Csat);
    csat.only.push((Dimension::Channel, vec!["voice".to_owned(), "sms".to_owned()]));
    check(&csat, &[(1, "chat", 1, 1, 5), (2, "voice", 2, 1, 5)], &[2]);
}

#[test]
fn a_metric_without_examples_is_refused_and_those_with_are_named() {
    let Refusal::Bad { field, detail } = no_examples(Metric::Contacts) else { panic!() };
    assert_eq!(field, "metric");
    assert!(detail.contains("fallback_rate") && !detail.contains("backlog"), "{detail}");
}
