//! Names of people, where context tells: `my name is …`, `Dear …`, `Frau …`, `Regards, …`.
//!
//! A phrase announces the name; what follows must look like one. Where it is capitalised, its
//! capitalised words are the name; in a text without capitals it goes on to the first everyday
//! word or mark. A name that nothing announces is kept: no list of names is used.

use super::{
    Detector, Kind, Traits, View,
    lexicon::{
        self, ABBREVIATED_TITLE, CLOSING, GREETING, HELLO, IS, NAME_CUE, NAME_NOUN, NAME_OWNER,
        NAME_TRIGGER, PARTICLE, SPEAKS, STATE, STOP, STREET, THANKS, TITLE,
    },
    words::{Gap, Run, Words, claim_runs},
};

pub(super) const DETECTOR: Detector = Detector { plausible, scan };

fn plausible(traits: &Traits) -> bool {
    traits.words & (NAME_TRIGGER | NAME_NOUN | TITLE | GREETING | HELLO | CLOSING | THANKS) != 0
}

fn scan(view: &mut View) {
    claim_runs(view, Kind::Name, announced);
}

/// What a phrase asks of the words behind it, before they are taken for a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// To look like a name.
    Any,
    /// A capital letter.
    Capital,
    /// Two capitalised words.
    Two,
    /// Two words of any case.
    Pair,
    /// That the sentence goes on with who speaks: `this is … calling`.
    Speaker,
    /// The same, and a capital letter.
    CapitalSpeaker,
}

/// Phrases that announce a name: the last word, those before it, and what they ask.
#[rustfmt::skip]
const PHRASES: [(&str, &[&str], Needs); 112] = [
    ("heißt", &[], Needs::Two),
    ("appelle", &["s"], Needs::Two),
    ("of", &["name"], Needs::Pair),
    ("van", &["naam"], Needs::Pair),
    ("namen", &["den"], Needs::Pair),
    ("s", &["it"], Needs::Speaker),
    ("of", &["name"], Needs::Capital),
    ("de", &["nom"], Needs::Capital),
    ("de", &["nom"], Needs::Pair),
    ("de", &["nombre"], Needs::Capital),
    ("de", &["nombre"], Needs::Pair),
    ("de", &["nome"], Needs::Capital),
    ("de", &["nome"], Needs::Pair),
    ("di", &["nome"], Needs::Capital),
    ("di", &["nome"], Needs::Pair),
    ("van", &["naam"], Needs::Capital),
    ("namen", &["den"], Needs::Capital),
    ("name", &["the"], Needs::Capital),
    ("nomme", &["me"], Needs::Any),
    ("é", &["aqui"], Needs::Two),
    ("soy", &["hola"], Needs::Pair),
    ("suis", &["bonjour", "je"], Needs::Pair),
    ("sono", &["salve"], Needs::Pair),
    ("sono", &["ciao"], Needs::Pair),
    ("sono", &["buongiorno"], Needs::Pair),
    ("m", &["hello", "i"], Needs::Pair),
    ("m", &["hi", "i"], Needs::Pair),
    ("am", &["hello", "i"], Needs::Pair),
    ("ben", &["hallo", "ik"], Needs::Pair),
    ("bin", &["hallo", "ich"], Needs::Pair),
    ("s", &["name"], Needs::Any),
    ("is", &["hier"], Needs::Speaker),
    ("ist", &["hier"], Needs::Speaker),
    ("met", &["hallo"], Needs::Any),
    ("met", &["hoi"], Needs::Any),
    ("met", &["goedemiddag"], Needs::Any),
    ("met", &["goedemorgen"], Needs::Any),
    ("met", &["goedendag"], Needs::Any),
    ("is", &["name"], Needs::Any),
    ("is", &["names"], Needs::Any),
    ("is", &["surname"], Needs::Any),
    ("is", &["naam"], Needs::Any),
    ("is", &["achternaam"], Needs::Any),
    ("is", &["voornaam"], Needs::Any),
    ("ist", &["name"], Needs::Any),
    ("ist", &["nachname"], Needs::Any),
    ("ist", &["vorname"], Needs::Any),
    ("est", &["nom"], Needs::Any),
    ("est", &["nom", "de", "famille"], Needs::Any),
    ("est", &["prénom"], Needs::Any),
    ("es", &["nombre"], Needs::Any),
    ("es", &["nombre", "completo"], Needs::Any),
    ("es", &["apellido"], Needs::Any),
    ("è", &["nome"], Needs::Any),
    ("è", &["cognome"], Needs::Any),
    ("é", &["nome"], Needs::Any),
    ("é", &["nome", "completo"], Needs::Any),
    ("é", &["sobrenome"], Needs::Any),
    ("é", &["apelido"], Needs::Any),
    ("name", &["my"], Needs::Capital),
    ("named", &["is"], Needs::Capital),
    ("called", &["am"], Needs::Capital),
    ("heiße", &[], Needs::Any),
    ("heisse", &[], Needs::Any),
    ("heiss", &["ich"], Needs::Any),
    ("appelle", &["m"], Needs::Any),
    ("apelle", &["m"], Needs::Any),
    ("appelle", &["me"], Needs::Any),
    ("llamo", &["me"], Needs::Any),
    ("chiamo", &["mi"], Needs::Any),
    ("chamo", &["me"], Needs::Any),
    ("me", &["chamo"], Needs::Any),
    ("heet", &["ik"], Needs::Any),
    ("is", &["this"], Needs::Speaker),
    ("is", &["it"], Needs::Speaker),
    ("is", &["hier"], Needs::Capital),
    ("is", &["dit"], Needs::Speaker),
    ("ist", &["hier"], Needs::Capital),
    ("ist", &["das"], Needs::Speaker),
    ("spricht", &["hier"], Needs::Any),
    ("spricht", &["es"], Needs::Any),
    ("am", &["i"], Needs::Two),
    ("m", &["i"], Needs::Two),
    ("am", &["i"], Needs::CapitalSpeaker),
    ("m", &["i"], Needs::CapitalSpeaker),
    ("bin", &["ich"], Needs::Two),
    ("suis", &["je"], Needs::Two),
    ("soy", &[], Needs::Two),
    ("soy", &["hola"], Needs::Capital),
    ("sono", &[], Needs::Two),
    ("sou", &[], Needs::Two),
    ("o", &["sou"], Needs::Capital),
    ("a", &["sou"], Needs::Capital),
    ("ben", &["ik"], Needs::Two),
    ("habla", &["le"], Needs::Any),
    ("habla", &["les"], Needs::Any),
    ("habla", &[], Needs::Two),
    ("con", &["habla"], Needs::Capital),
    ("parla", &[], Needs::Two),
    ("o", &["fala"], Needs::Capital),
    ("a", &["fala"], Needs::Capital),
    ("spreekt", &[], Needs::Two),
    ("met", &["spreekt"], Needs::Any),
    ("met", &["spreek"], Needs::Any),
    ("with", &["spoke"], Needs::Capital),
    ("to", &["spoke"], Needs::Capital),
    ("with", &["speaking"], Needs::Capital),
    ("to", &["speaking"], Needs::Capital),
    ("to", &["talked"], Needs::Capital),
    ("with", &["talked"], Needs::Capital),
    ("with", &["chatted"], Needs::Capital),
    ("met", &["gesproken"], Needs::Capital),
];

/// The name that the word at `at` announces.
fn announced(bytes: &[u8], words: &Words, at: usize) -> Option<Run> {
    let word = words.get(at)?;
    // `M. Dupont`
    if bytes[word.start..word.end].eq_ignore_ascii_case(b"m") && words.gap(at + 1).has(Gap::DOT) {
        let begins = words.gap(at).has(Gap::EDGE.or(Gap::LINE).or(Gap::DOT).or(Gap::BREAK));
        let told = begins || (words.gap(at).is_space() && words.is(at - 1, STOP));
        return after_title(words, at).filter(|name| told || is_capital(words, *name));
    }
    if word.is(NAME_CUE) {
        let name = PHRASES.iter().find_map(|phrase| after_phrase(bytes, words, at, phrase));
        if name.is_some() {
            return name;
        }
    }
    if word.is(NAME_NOUN) {
        let name = after_noun(words, at);
        if name.is_some() {
            return name;
        }
    }
    if word.is(TITLE) {
        return after_title(words, at);
    }
    if word.is(GREETING | HELLO) {
        return greeted(words, at);
    }
    if word.is(CLOSING | THANKS) {
        return signed(words, at);
    }
    None
}

fn after_phrase(
    bytes: &[u8],
    words: &Words,
    at: usize,
    (last, before, needs): &(&str, &[&str], Needs),
) -> Option<Run> {
    let is = |at: usize, text: &str| {
        words.get(at).is_some_and(|word| lexicon::is(&bytes[word.start..word.end], text))
    };
    let fits = is(at, last) && {
        let mut place = at;
        before.iter().rev().all(|text| {
            let joined = words.gap(place).within(JOINED.or(Gap::COMMA));
            place = place.saturating_sub(1);
            joined && is(place, text) && place < at
        })
    };
    let joint = words.gap(at + 1).within(Gap::SPACE.or(Gap::COLON).or(Gap::COMMA).or(QUOTES));
    let name = (fits && joint).then(|| run(words, at + 1)).flatten()?;
    let capital = is_capital(words, name);
    let next = name.1 + 1;
    let speaks = words.is(next, SPEAKS) && words.gap(next).within(Gap::SPACE.or(Gap::COMMA));
    let meets = match needs {
        Needs::Any => true,
        Needs::Capital => capital,
        Needs::Two => capital && name.1 > name.0,
        Needs::Speaker => speaks,
        Needs::Pair => name.1 > name.0,
        Needs::CapitalSpeaker => capital && speaks,
    };
    meets.then_some(name)
}

/// Marks within a phrase.
const JOINED: Gap = Gap::SPACE.or(Gap::APOSTROPHE).or(Gap::HYPHEN);
const QUOTES: Gap = Gap::QUOTE.or(Gap::APOSTROPHE);

/// `Name: …`, `name on the card is …`: what the noun belongs to must be a person's.
fn after_noun(words: &Words, at: usize) -> Option<Run> {
    let gap = words.gap(at);
    let alone = words.get(at)?.apart;
    let owned = gap.within(JOINED) && words.is(at.saturating_sub(1), NAME_OWNER);
    if !(alone || owned) {
        return None;
    }
    // `nom de famille :`
    let belongs = |at: &usize| {
        words.is(*at, NAME_OWNER | PARTICLE) && words.gap(*at).is_space() && !words.is(*at, IS)
    };
    let label_end = (at + 1..at + 3).take_while(belongs).last().unwrap_or(at);
    let next = words.gap(label_end + 1);
    let label = Gap::COLON.or(Gap::HYPHEN);
    let quoted = Gap::SPACE.or(label).or(QUOTES).or(Gap::GLUE);
    if next.has(label) && next.within(quoted) && (next.has(Gap::COLON) || next.has(Gap::SPACE)) {
        return run(words, label_end + 1);
    }
    // `name on my card is …`
    let verb = (at + 1..at + 6).find(|at| words.is(*at, IS)).filter(|verb| *verb > at + 1)?;
    let joined = (at + 1..=verb + 1).all(|at| {
        words.gap(at).is_space() && words.get(at).is_some_and(|word| word.shape.is_letters())
    });
    (joined && words.is(at + 1, STOP)).then(|| run(words, verb + 1)).flatten()
}

fn after_title(words: &Words, at: usize) -> Option<Run> {
    let next = words.gap(at + 1);
    if !next.within(Gap::SPACE.or(Gap::DOT)) || !next.has(Gap::SPACE) || next.has(Gap::GLUE) {
        return None;
    }
    let name = run(words, at + 1)?;
    let addressed = words.gap(name.1 + 1).has(Gap::COMMA);
    let is_name =
        is_capital(words, name) || addressed || words.is(at, ABBREVIATED_TITLE | NAME_CUE);
    is_name.then_some(name)
}

fn greeted(words: &Words, at: usize) -> Option<Run> {
    if !words.gap(at + 1).is_space() {
        return None;
    }
    let name = run(words, at + 1)?;
    let capital = is_capital(words, name);
    let after = words.gap(name.1 + 1);
    let addressed = after.has(Gap::COMMA);
    let ends = after.has(ENDS);
    // Who writes a letter writes to somebody; a chat may open with any word.
    let is_letter = words.is(at, GREETING);
    (addressed || (capital && (is_letter || ends))).then_some(name)
}

/// What ends a line or a sentence.
const ENDS: Gap = Gap::COMMA.or(Gap::DOT).or(Gap::BREAK).or(Gap::LINE).or(Gap::EDGE);

/// The name under a letter; it stands alone.
fn signed(words: &Words, at: usize) -> Option<Run> {
    let next = words.gap(at + 1);
    let apart = Gap::COMMA.or(Gap::LINE);
    let is_closing = words.is(at, CLOSING);
    let between = Gap::SPACE.or(apart).or(Gap::HYPHEN).or(Gap::DOT).or(Gap::BREAK);
    if !next.within(between) || !(next.has(apart) || is_closing) {
        return None;
    }
    let name = run(words, at + 1)?;
    let after = words.gap(name.1 + 1);
    let capital = is_capital(words, name);
    let alone = after.has(Gap::EDGE.or(Gap::LINE));
    let listed = is_closing && capital && after.has(Gap::COMMA.or(Gap::DOT));
    (alone && (capital || is_closing || next.has(Gap::LINE)) || listed).then_some(name)
}

/// The most words of a name, particles not counted.
const MOST: usize = 5;
/// The most where there are no capitals to tell.
const MOST_LOWER: usize = 4;

/// The name that begins at the word `at`, behind titles.
fn run(words: &Words, at: usize) -> Option<Run> {
    let mut first = at;
    while words.is(first, TITLE) && first < at + 3 {
        let next = words.gap(first + 1);
        if !next.within(Gap::SPACE.or(Gap::DOT)) {
            return None;
        }
        first += 1;
    }
    if first > at && words.gap(first).has(Gap::OTHER) {
        return None;
    }
    let head = (first..first + 4).find(|at| !is_particle(words, *at))?;
    if (first..head).any(|at| !words.gap(at + 1).within(JOINED)) {
        return None;
    }
    let lead = words.get(head)?;
    // `van der Meer`: behind a particle a capitalised word of everyday is a name.
    let noble = head > first && lead.shape.capital && lead.shape.is_letters();
    if !is_name(words, head) && !noble {
        return None;
    }
    let (mut last, mut n_words) = (head, 1);
    let most = if lead.shape.capital { MOST } else { MOST_LOWER };
    while n_words < most {
        let Some(next) = following(words, last, lead.shape.capital) else { break };
        n_words += usize::from(!words.gap(next).has(Gap::HYPHEN));
        last = next;
    }
    (!words.gap(last + 1).has(Gap::GLUE)).then_some((first, last))
}

/// Whether the first word of a name that is no particle is capitalised.
fn is_capital(words: &Words, (first, last): Run) -> bool {
    let lead = (first..=last).find(|at| !words.is(*at, PARTICLE)).unwrap_or(first);
    words.get(lead).is_some_and(|word| word.shape.capital)
}

fn is_particle(words: &Words, at: usize) -> bool {
    let initial = words.get(at).is_some_and(|word| word.len() == 1 && word.shape.capital);
    let inner = words.gap(at + 1) == Gap::SPACE.or(Gap::APOSTROPHE) && words.is(at + 1, PARTICLE);
    (words.is(at, PARTICLE) || inner) && words.get(at + 1).is_some() && !initial
}

/// Whether the word at `at` can be one of a name.
fn is_name(words: &Words, at: usize) -> bool {
    words.get(at).is_some_and(|word| {
        if word.shape.letters == 1 {
            return word.shape.is_letters() && is_initial(words, at);
        }
        let everyday = word.is(STOP | IS) && !word.is(PARTICLE);
        word.shape.is_letters() && !everyday && !word.is(STATE | CLOSING | THANKS | HELLO)
    })
}

/// `J.`, `O'Brien`, `D'Amico`, or a capital letter before a word that is none of everyday.
fn is_initial(words: &Words, at: usize) -> bool {
    let next = words.gap(at + 1);
    let capital = words.get(at).is_some_and(|word| word.shape.capital);
    let dotted = next.within(Gap::DOT.or(Gap::SPACE).or(Gap::GLUE)) && next.has(Gap::DOT);
    let elided = !words.is(at + 1, STOP | IS);
    let apostrophe = (capital || elided) && next == Gap::APOSTROPHE;
    let bare = capital && next.is_space() && !words.is(at, STOP);
    let goes_on = words.get(at + 1).is_some_and(|word| word.shape.is_letters());
    (dotted || apostrophe || bare) && goes_on
}

/// The next word of the name after that at `last`.
fn following(words: &Words, last: usize, capital: bool) -> Option<usize> {
    let mut next = last + 1;
    let gap = words.gap(next);
    let initial = words.get(last)?.shape.letters == 1;
    let dotted = initial && gap.within(Gap::DOT.or(Gap::SPACE).or(Gap::GLUE));
    let tight = gap == Gap::HYPHEN || gap == Gap::APOSTROPHE;
    let saint = gap.within(Gap::DOT.or(Gap::SPACE))
        && words.is(last, STREET)
        && words.get(last)?.len() == 2;
    let quoted = gap == Gap::SPACE.or(Gap::APOSTROPHE) && words.is(next, PARTICLE);
    if !(gap.is_space() || tight || dotted || saint || quoted) {
        return None;
    }
    // A capitalised name may begin as a particle does: `Lo Presti`.
    // `in 't Veld`
    let inner =
        words.gap(next + 1) == Gap::SPACE.or(Gap::APOSTROPHE) && words.is(next + 1, PARTICLE);
    while next < last + 4
        && (words.is(next, PARTICLE) || (inner && next == last + 1))
        && words.get(next + 1).is_some()
    {
        let joined = words.gap(next + 1).within(JOINED);
        let behind = words.get(next + 1)?.shape;
        let is_lone = !words.is(next + 1, PARTICLE) && behind.capital != capital;
        // `y` and `e` join names where capitals tell that one goes on, or nothing but a name does.
        let joins = words.get(next)?.len() == 1
            && words.gap(next).is_space()
            && words.gap(next + 1).is_space()
            && (!capital || behind.upper)
            && (words.is(next + 1, STOP) || !words.gap(next + 2).has(ENDS));
        if !joined || is_lone || joins {
            break;
        }
        next += 1;
    }
    let word = words.get(next)?;
    let is_first = next == last + 1;
    let fits = word.shape.capital == capital || (!capital && tight);
    // `anna's`
    let genitive = gap == Gap::APOSTROPHE && word.len() == 1 && !word.shape.capital;
    let told = next > last + 2;
    let certain = told || (capital && !(word.shape.upper && word.is(STOP)));
    let noble = !is_first && certain && word.shape.is_letters();
    let everyday = word.len() > 1
        && word.is(STOP)
        && !(word.is(PARTICLE) && word.shape.capital && !word.shape.upper);
    let is_part = noble || (is_name(words, next) && !(everyday && is_first));
    (fits && !genitive && is_part).then_some(next)
}

#[cfg(test)]
mod tests {
    use crate::privacy::{Kind, check};

    #[test]
    fn finds_names_that_a_phrase_announces() {
        check(
            Kind::Name,
            &[
                ("My name is Ada Lovelace and I wait", &["Ada Lovelace"]),
                ("my name is ada lovelace, hello", &["ada lovelace"]),
                ("MY NAME IS ADA LOVELACE AND I WAIT", &["ADA LOVELACE"]),
                ("my name's J. O'Neill-Brady.", &["J. O'Neill-Brady"]),
                ("this is Ada speaking", &["Ada"]),
                ("Ich heiße Anna von der Leine und", &["Anna von der Leine"]),
                ("je m\u{2019}appelle Zoé d'Arcy", &["Zoé d'Arcy"]),
                ("me llamo José de la Cruz", &["José de la Cruz"]),
                ("mi chiamo Gianni Lo Bello", &["Gianni Lo Bello"]),
                ("meu nome é João dos Anjos", &["João dos Anjos"]),
                ("ik heet Jan van 't Wout", &["Jan van 't Wout"]),
                ("I am Ada Lovelace. I'm Ada from Rome", &["Ada Lovelace", "Ada"]),
            ],
        );
    }

    #[test]
    fn finds_names_in_letters_and_forms() {
        check(
            Kind::Name,
            &[
                ("Dear Ada,\nall is well.\nRegards,\nCharles", &["Ada", "Charles"]),
                ("Sehr geehrte Frau von Stein, danke", &["von Stein"]),
                ("Hi Ada, thanks. Hello Charles!", &["Ada", "Charles"]),
                ("Mit freundlichen Grüßen\nUta Graf", &["Uta Graf"]),
                ("Name: Ada Lovelace; surname=Lovelace", &["Ada Lovelace", "Lovelace"]),
                (r#"{"customer_name":"Ada Lovelace","n":1}"#, &[]),
                ("the name on my card is Ada Lovelace", &["Ada Lovelace"]),
                ("I spoke to Mr. Babbage about it", &["Babbage"]),
            ],
        );
    }

    #[test]
    fn keeps_the_rest() {
        check(
            Kind::Name,
            &[
                ("my name is wrong, my name is not on it, my name is misspelled", &[]),
                ("Dear customer, dear Sir or Madam, Hello there! Hi all,", &[]),
                ("this is not what I called about; this is the second time", &[]),
                ("I am waiting. I'm not happy. I am British", &[]),
                ("Product name: Galaxy Buds, file name: report", &[]),
                ("Kind regards. Thanks for nothing, Thank you", &[]),
                ("name is john@example, name is john_smith, my name is [name]", &[]),
                ("Ada Lovelace wrote the first program", &[]),
            ],
        );
    }
}
