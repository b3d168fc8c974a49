//! How often utterances of bank customers, nearly none of which asks for a person or holds personal
//! data, are taken for such a request, and masked.
//!
//! The utterances are not part of this repository; where `TOCSIN_REFERENCE` names the folder that
//! holds them they are read, and otherwise this says that they were left out.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that says what it leaves out"
)]

use std::{fs, path::PathBuf};

use tocsin_domain::{
    derived::{Policy, asks_for_person},
    privacy,
};

/// Fields of the first column of a CSV file with quoted fields, the header left out.
fn first_column(csv: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let (mut field, mut row_is_open, mut is_quoted) = (String::new(), true, false);
    for letter in csv.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row_is_open = false,
            '\n' if !is_quoted => {
                fields.push(std::mem::take(&mut field));
                row_is_open = true;
            }
            letter if row_is_open => field.push(letter),
            _ => {}
        }
    }
    fields.split_off(1)
}

/// The utterances; none where they are not at hand, which is said.
fn utterances() -> Option<Vec<String>> {
    let Some(folder) = std::env::vars().find(|(name, _)| name == "TOCSIN_REFERENCE") else {
        println!("left out: TOCSIN_REFERENCE does not name the folder of reference utterances");
        return None;
    };
    let path = PathBuf::from(folder.1).join("datasets/banking77_train.csv");
    let utterances = first_column(&fs::read_to_string(path).unwrap());
    assert!(utterances.len() > 10_000, "only {} utterances were read", utterances.len());
    Some(utterances)
}

/// They were written without personal data, so that whatever is masked was masked by mistake.
#[test]
fn hardly_any_utterance_of_a_bank_customer_is_masked() {
    let Some(utterances) = utterances() else { return };
    let masked: Vec<_> = utterances
        .iter()
        .filter(|text| !privacy::find(text).is_empty())
        .map(|text| format!("{text} -> {}", privacy::mask(text)))
        .collect();
    println!("{} of {} utterances are masked: {masked:#?}", masked.len(), utterances.len());
    assert!(200 * masked.len() <= utterances.len(), "more than 0.5 %: {masked:#?}");
}

#[test]
fn hardly_any_utterance_of_a_bank_customer_is_taken_for_a_request() {
    let Some(utterances) = utterances() else { return };
    let policy = Policy::default();
    let found: Vec<_> = utterances.iter().filter(|text| asks_for_person(text, &policy)).collect();
    println!("{} of {} utterances ask for a person: {found:#?}", found.len(), utterances.len());
    // One in a thousand, those that do ask included.
    assert!(1_000 * found.len() <= utterances.len(), "{found:#?}");
}
