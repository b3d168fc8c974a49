//! A customer's mood by the words used: VADER (Hutto & Gilbert 2014), an English lexicon with rules
//! for negation, emphasis and emoji.

use std::sync::LazyLock;

use vader_parity::SentimentIntensityAnalyzer;

use super::words::words;

/// Bytes of a text that are scored: what a customer means stands at its beginning, and a score of
/// many words is that of none of them.
const SCORED: usize = 4 << 10;

static LEXICON: LazyLock<SentimentIntensityAnalyzer> =
    LazyLock::new(SentimentIntensityAnalyzer::new);

/// Words that English texts have and the others here hardly.
#[rustfmt::skip]
const ENGLISH: [&str; 48] = [
    "a", "am", "an", "and", "are", "at", "be", "but", "can", "do", "for", "from", "get", "have",
    "how", "i", "if", "in", "is", "it", "just", "my", "need", "not", "of", "on", "or", "please",
    "so", "that", "the", "there", "they", "this", "to", "was", "we", "what", "when", "where",
    "why", "will", "with", "would", "you", "your", "been", "has",
];

/// Common words of German, French, Spanish, Italian, Portuguese and Dutch that are none of English:
/// in these languages the lexicon finds words that mean something else (German "die", "war").
#[rustfmt::skip]
const FOREIGN: [&str; 96] = [
    "ich", "und", "nicht", "der", "das", "ist", "sie", "ein", "eine", "einen", "mit", "auf", "wie",
    "bitte", "habe", "kann", "wir", "aber", "mein", "meine", "seit", "noch", "mir", "mich", "je",
    "le", "les", "des", "est", "pas", "vous", "un", "une", "et", "que", "qui", "dans", "pour",
    "mon", "votre", "nous", "avec", "ne", "suis", "el", "los", "las", "por", "para", "con", "mi",
    "una", "se", "esta", "muy", "pero", "como", "mis", "il", "che", "di", "non", "per", "sono",
    "del", "della", "gli", "questo", "perche", "eu", "nao", "os", "uma", "meu", "minha", "com",
    "voce", "em", "da", "isso", "ik", "het", "een", "niet", "van", "mijn", "dat", "voor", "heb",
    "op", "maar", "zijn", "wat", "de", "la", "en",
];

/// Reads the lexicon, which takes some milliseconds, before a text needs it.
pub fn read_lexicon() {
    LazyLock::force(&LEXICON);
}

/// A score from -1 to 1 in millionths; `None` where there is nothing to score or it is not English.
///
/// `language` is the event's own. Where it names none, a text is taken for English unless more of
/// its words are common in another language or most of its letters are of another script.
pub fn sentiment(text: &str, language: Option<&str>) -> Option<i32> {
    let end = text.floor_char_boundary(SCORED);
    let text = &text[..end];
    let english = match language {
        Some(language) => language.get(..2).is_some_and(|code| code.eq_ignore_ascii_case("en")),
        None => looks_english(text),
    };
    if !english {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    let score = (LEXICON.polarity_scores(text).compound * 1e6).round() as i32;
    (score != 0 || text.chars().any(char::is_alphabetic)).then_some(score)
}

fn looks_english(text: &str) -> bool {
    let letters = || text.chars().filter(|letter| letter.is_alphabetic());
    let latin = letters().filter(char::is_ascii).count();
    let words = words(text);
    let among = |list: &[&str]| words.split_whitespace().filter(|word| list.contains(word)).count();
    2 * latin >= letters().count() && among(&FOREIGN) <= among(&ENGLISH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sign_is_the_mood() {
        for (text, expected) in [
            ("This is great, thank you so much!", 1),
            ("I am very disappointed, this is terrible", -1),
            ("not good at all", -1),
            ("My card number please", 1),
            ("The parcel arrived on Monday", 0),
            ("😠", -1),
        ] {
            let score = sentiment(text, None).unwrap();
            assert_eq!(score.signum(), expected, "{text}: {score}");
        }
        // The figure that the method's authors publish for their first example.
        assert_eq!(sentiment("VADER is smart, handsome, and funny.", Some("en")), Some(831_600));
    }

    #[test]
    fn only_english_is_scored() {
        for (text, language, scored) in [
            ("Die Lieferung war schlecht", Some("de"), false),
            ("die Lieferung war nicht da und ich warte noch", None, false),
            ("je suis tres content de votre service", None, false),
            ("no puedo usar mi tarjeta y esto es terrible", None, false),
            ("il mio ordine non e arrivato", None, false),
            ("meu pedido nao chegou e isso e horrivel", None, false),
            ("mijn kaart is niet aangekomen", None, false),
            ("где мой заказ", None, false),
            ("where is my order", None, true),
            ("terrible", None, true),
            ("terrible", Some("en-GB"), true),
            ("terrible", Some("EN"), true),
            ("terrible", Some("fr"), false),
            ("terrible", Some(""), false),
            ("terrible", Some("é"), false),
            ("...", None, false),
            ("", Some("en"), false),
        ] {
            assert_eq!(sentiment(text, language).is_some(), scored, "{text} {language:?}");
        }
    }

    #[test]
    fn what_stands_behind_the_limit_is_not_scored() {
        let long = format!("{}terrible", "word ".repeat(SCORED));
        assert_eq!(sentiment(&long, None), Some(0));
    }

    proptest! {
        #[test]
        fn any_text_has_a_score_in_range_and_always_the_same(text in any::<String>()) {
            let score = sentiment(&text, Some("en"));
            prop_assert!(score.is_none_or(|score| (-1_000_000..=1_000_000).contains(&score)));
            prop_assert_eq!(sentiment(&text, Some("en")), score);
        }
    }
}
