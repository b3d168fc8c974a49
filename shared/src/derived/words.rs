//! Texts as words: lower case, without accents and punctuation, so that spelling hides no phrase.

/// The words of a text, each with one space on both sides; a lone space where there are none.
///
/// So ` a phrase ` is contained in it exactly where these words stand in this order.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for letter in text.chars().flat_map(char::to_lowercase) {
        push(letter, &mut words);
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

/// The words of each clause of a text, without spaces around them; clauses end at punctuation.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = String> {
    let ends =
        |letter: char| matches!(letter, '.' | ',' | ';' | ':' | '!' | '?' | '\n' | '(' | ')');
    let clauses = text.split(ends).map(|clause| words(clause).trim().to_owned());
    clauses.filter(|clause| !clause.is_empty())
}

/// Adds a letter without its accent, or a space where anything else separates words.
fn push(letter: char, words: &mut String) {
    let plain = match letter {
        'a'..='z' | '0'..='9' => return words.push(letter),
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'ī' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        // Marks of letters that are written in two parts.
        '\u{300}'..='\u{36f}' => "",
        other if other.is_alphanumeric() => return words.push(other),
        _ if words.ends_with(' ') => "",
        _ => " ",
    };
    words.push_str(plain);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_have_neither_case_nor_accents_nor_punctuation() {
        for (text, expected) in [
            ("Agent, PLEASE!", " agent please "),
            ("Größe: schön", " grosse schon "),
            ("e\u{301}te\u{301} d'été", " ete d ete "),
            ("  \t", " "),
            ("", " "),
            ("日本 x", " 日本 x "),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn clauses_end_at_punctuation() {
        let found: Vec<_> = clauses("No, thanks. I'm - er - fine…").collect();
        assert_eq!(found, ["no", "thanks", "i m er fine"]);
    }

    proptest! {
        #[test]
        fn words_of_words_are_the_same(text in any::<String>()) {
            let once = words(&text);
            prop_assert_eq!(words(&once), once);
        }
    }
}
