use super::*;

/// Three hundred cells in five minutes; returns what whoever is on call was told.
fn storm(cell: impl Fn(usize) -> String, whole: Option<i64>) -> Vec<String> {
    let mut centre = Centre::new();
    let mut said = Vec::new();
    for minute in 0..13 {
        let mut cells: Vec<String> = Vec::new();
        if minute < 5 {
            let first = usize::try_from(minute).unwrap() * 60;
            cells.extend((first..first + 60).map(&cell));
        }
        if whole == Some(minute) {
            cells.push("whole!".to_owned());
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let told = centre.tick(minute, &cells);
        said.extend(told.into_iter().map(|told| format!("{minute} {told}")));
    }
    said
}

#[test]
fn the_parts_of_one_whole_are_two_messages() {
    let said = storm(|n| format!("parts intent=i{n}!"), None);
    insta::assert_snapshot!(said.join("\n"), @r"
    0 page opened parts i0 +59
    5 page opened parts i100 +239
    ");
}

#[test]
fn a_whole_that_fires_first_is_the_only_message() {
    let said = storm(|n| format!("parts intent=i{n}!"), Some(0));
    assert_eq!(said, ["0 page opened whole  +0"]);
}

#[test]
fn parts_of_many_wholes_and_families_are_three_messages_at_most() {
    let said = storm(
        |n| match n % 3 {
            0 => format!("pairs intent=i{} channel=c{}!", n % 20, n / 20),
            1 => format!("parts intent=i{n}!"),
            _ => format!("waits queue=q{n}!"),
        },
        None,
    );
    insta::assert_snapshot!(said.join("\n"), @r"
    0 page opened parts i1 +52
    5 page opened parts i100 +211
    ");
    assert!(said.len() <= 3);
}

#[test]
fn two_groups_are_told_apart_and_then_together() {
    let said = storm(|n| format!("pairs intent=i{} channel=c{n}!", n % 2), None);
    insta::assert_snapshot!(said.join("\n"), @r"
    0 page opened pairs i0/c0 +29
    0 page opened pairs i1/c1 +29
    5 page opened pairs i0/c100 +239
    ");
}

#[test]
fn news_of_what_is_over_keeps_no_page_waiting() {
    let mut centre = Centre::new();
    let pairs = ["pairs intent=a channel=x!", "pairs intent=b channel=y!"];
    assert_eq!(centre.tick(0, &pairs).len(), 2);
    let over = pairs.map(|pair| pair.replace('!', "."));
    let over = over.each_ref().map(String::as_str);
    centre.tick(1, &over);
    // Of two groups in one message, as with these it would be too many.
    assert_eq!(centre.tick(6, &over), ["page resolved pairs a/x +1"]);
    assert_eq!(centre.tick(7, &["waits queue=q!"]), ["page opened waits q +0"]);
}
