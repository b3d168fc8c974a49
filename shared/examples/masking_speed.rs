//! Texts masked in a second on one core, beside one regular expression for four kinds.
//!
//! `cargo run --release -p tocsin-domain --example masking_speed [FILE]` masks its own texts, and
//! the lines of FILE if one is given.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example that prints figures")]

use std::{env, fs, hint::black_box, time::Instant};

use regex::Regex;
use tocsin_domain::privacy::mask;

/// What most customers write: nothing to mask.
const PLAIN: [&str; 8] = [
    "I am still waiting for my new card, it should have been here a week ago, where is it?",
    "The exchange rate on my last purchase abroad looks wrong, how do you work it out?",
    "Why was I charged a fee of 2.50 when I took out cash at the station on Friday evening?",
    "Can my daughter have an account of her own with you, and how old does she have to be?",
    "The app says that my transfer is pending since yesterday, is something wrong with it?",
    "I would like to change the address on my account before the new card is sent to me.",
    "My top-up did not go through but the money has left my other bank account already.",
    "What do I do if somebody else has seen the code that you sent to my old telephone?",
];

/// What some customers write: something to mask in each.
const LOADED: [&str; 8] = [
    "My name is Ravi Deshmukh, please call me back on +44 20 7946 0958 before five o'clock today.",
    "The card 4111 1111 1111 1111 was declined twice, write to ravi.deshmukh@example.com please.",
    "Send the replacement to 12 Harbour Street, Leeds LS1 4AP, I moved there three weeks ago.",
    "Refund it to GB82 WEST 1234 5698 7654 32 and tell me when it is done, order 8400123456.",
    "I cannot log in, my password is Herbst2024! and the code is 482913, what else do you need?",
    "My social security number is 123-45-6789 and I need the tax form for the last year soon.",
    "The link https://shop.example/reset?token=a8f3k2l9d0s7 does not open from 203.0.113.77.",
    "Dear Ms Castellanos, I am still waiting for an answer to my letter. Regards, Ivo Marchetti",
];

/// A naive mask: the four kinds that one expression can tell, without check digits.
fn naive() -> Regex {
    let email = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+";
    let number = r"\+?\d[\d ()./-]{7,}\d";
    let iban = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}";
    Regex::new(&format!("(?:{email})|(?:{iban})|(?:{number})")).unwrap()
}

/// Texts a second: the best of five rounds of about the same number of texts.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn rate(texts: &[&str], mask: impl Fn(&str)) -> f64 {
    let rounds = 200_000 / texts.len() + 1;
    let round = |_| {
        let start = Instant::now();
        for _ in 0..rounds {
            for text in texts {
                mask(black_box(text));
            }
        }
        (rounds * texts.len()) as f64 / start.elapsed().as_secs_f64()
    };
    (0..5).map(round).fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(name: &str, texts: &[&str], naive: &Regex) {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    let ours = rate(texts, |text| drop(black_box(mask(text))));
    let regex = rate(texts, |text| drop(black_box(naive.replace_all(text, "[masked]"))));
    println!(
        "{name:<8}{:>8} texts of {:>4.0} bytes: {ours:>10.0} texts/s; one regex for four kinds {regex:>10.0} texts/s",
        texts.len(),
        bytes as f64 / texts.len() as f64,
    );
}

fn main() {
    let naive = naive();
    report("plain", &PLAIN, &naive);
    report("loaded", &LOADED, &naive);
    if let Some(path) = env::args().nth(1) {
        let text = fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        report("file", &lines, &naive);
    }
}
