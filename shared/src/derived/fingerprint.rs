//! What two answers have in common when one repeats the other.

use super::words::words;
use crate::privacy;

/// An answer's words, with `0` for each that holds a digit and for each piece of personal data:
/// the same answer about another order, sum or address is a repeat. Empty where there is no word.
pub(crate) fn normal_form(text: &str) -> String {
    let mut shape = String::with_capacity(text.len());
    let mut rest = 0;
    for finding in privacy::find(text) {
        shape.push_str(&text[rest..finding.start]);
        shape.push_str(" 0 ");
        rest = finding.end;
    }
    shape.push_str(&text[rest..]);
    let normal = words(&shape);
    let varies = |word: &str| word.chars().any(char::is_numeric);
    let words = normal.split_whitespace().map(|word| if varies(word) { "0" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, same: bool) {
        assert_eq!(normal_form(one) == normal_form(other), same, "{one} / {other}");
    }

    #[test]
    fn case_space_digits_and_personal_data_make_no_other_answer() {
        check("Your order is on its way.", "  your ORDER\n is on its way", true);
        check("Order 4711 ships on 5 May", "Order 12 ships on 17 May", true);
        check("We wrote to a@b.co.", "We wrote to someone.else@example.org.", true);
        check("We wrote to a@b.co.", "We wrote to order 4711.", false);
        check("It can be returned.", "It can't be returned.", false);
        assert_eq!(normal_form(" ... "), "");
    }
}
