use super::*;

/// Ticks each minute; `!` bad, `.` not; returns what was told, with the minute.
fn run(centre: &mut Centre, from: i64, marks: &str) -> Vec<String> {
    let mut said = Vec::new();
    for (minute, mark) in (from..).zip(marks.chars()) {
        let told = centre.tick(minute, &[&format!("waits queue=q{mark}")]);
        said.extend(told.into_iter().map(|told| format!("{minute} {told}")));
    }
    said
}

#[test]
fn an_alert_that_comes_and_goes_says_so_once_and_then_when_it_is_steady() {
    let mut centre = Centre::new();
    // Eight minutes a round: resolved at the seventh, again at the next round's first.
    let round = "!.......";
    let said = run(&mut centre, 0, &round.repeat(8));
    insta::assert_snapshot!(said.join("\n"), @r"
    0 page opened waits q +0
    6 page resolved waits q +0
    11 page reopened waits q +0
    16 page reopened waits q +0
    22 page resolved waits q +0
    27 page flapping waits q +0
    ");
    assert!(centre.alert("waits").delivery.flapping_since.is_some());
    // It is over for half an hour: that is told, and nothing in between.
    let said = run(&mut centre, 64, &".".repeat(60));
    assert_eq!(said, ["92 page resolved waits q +0"]);
    assert!(centre.alert("waits").delivery.flapping_since.is_none());
}

#[test]
fn an_alert_that_stays_after_flapping_is_told_as_such() {
    let mut centre = Centre::new();
    run(&mut centre, 0, &"!.......".repeat(4));
    let said = run(&mut centre, 32, &"!".repeat(60));
    insta::assert_snapshot!(said.join("\n"), @r"
    47 escalation escalated waits q +0
    62 page reopened waits q +0
    ");
}
