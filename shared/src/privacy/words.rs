//! The text as words and what stands between them, for the detectors that go by context.
//!
//! A word is a run of letters and digits of any script; apostrophes and hyphens part words. A word
//! that touches a wall is none: what is left of a masked neighbourhood says nothing.

use super::{Kind, View, WALL, byte, lexicon};

/// A word of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The classes of the lexicon that it is in.
    pub(super) classes: u64,
    /// What stands between it and the word before.
    pub(super) gap: Gap,
    /// A mark that ends a clause stands right before it, whatever stands before that.
    pub(super) apart: bool,
    pub(super) shape: Shape,
}

impl Word {
    pub(super) fn is(&self, classes: u64) -> bool {
        self.classes & classes != 0
    }

    /// All letters or all digits, of this many bytes.
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// What a word is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Begins with a capital letter.
    pub(super) capital: bool,
    /// Two letters or more, all of them capital.
    pub(super) upper: bool,
    pub(super) letters: usize,
    pub(super) digits: usize,
}

impl Shape {
    /// Neither a name nor a number.
    const TAKEN: Self = Self { capital: false, upper: false, letters: 99, digits: 99 };

    pub(super) fn of(word: &[u8]) -> Self {
        let mut shape = Self::default();
        let (mut uppers, mut is_first) = (0, true);
        let mut at = 0;
        while at < word.len() {
            let len = letter_len(word, at).max(1);
            let is_capital = match word[at] {
                ascii @ 0..=0x7F => ascii.is_ascii_uppercase(),
                _ => std::str::from_utf8(&word[at..(at + len).min(word.len())])
                    .is_ok_and(|letter| letter.chars().all(char::is_uppercase)),
            };
            let is_digit = word[at].is_ascii_digit();
            shape.digits += usize::from(is_digit);
            shape.letters += usize::from(!is_digit);
            uppers += usize::from(is_capital);
            shape.capital |= is_first && is_capital;
            is_first = false;
            at += len;
        }
        shape.upper = uppers >= 2 && uppers == shape.letters;
        shape
    }

    /// Nothing but digits.
    pub(super) fn is_number(self) -> bool {
        self.digits > 0 && self.letters == 0
    }

    /// Nothing but letters.
    pub(super) fn is_letters(self) -> bool {
        self.digits == 0
    }
}

/// Which marks stand between two words, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap(u16);

impl Gap {
    pub(super) const SPACE: Self = Self(1);
    pub(super) const APOSTROPHE: Self = Self(2);
    pub(super) const HYPHEN: Self = Self(4);
    pub(super) const COMMA: Self = Self(8);
    pub(super) const DOT: Self = Self(16);
    /// `:` and `=`.
    pub(super) const COLON: Self = Self(32);
    pub(super) const LINE: Self = Self(64);
    pub(super) const SLASH: Self = Self(128);
    pub(super) const QUOTE: Self = Self(256);
    /// `!`, `?`, `;`, brackets.
    pub(super) const BREAK: Self = Self(512);
    /// The start or the end of the text.
    pub(super) const EDGE: Self = Self(1024);
    /// `º`, `°`, `ª`, `#`: signs of a number.
    pub(super) const SIGN: Self = Self(2048);
    /// Anything else, walls too. What stands behind it is not looked at.
    pub(super) const OTHER: Self = Self(4096);
    /// Begins with a mark that goes on with the word, as in `anna@` and `anna.schmidt`.
    pub(super) const GLUE: Self = Self(8192);
    /// An opening bracket, which is a break as well.
    pub(super) const OPEN: Self = Self(16384);

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, marks: Self) -> bool {
        self.0 & marks.0 != 0
    }

    /// No mark but these.
    pub(super) const fn within(self, marks: Self) -> bool {
        self.0 & !marks.0 == 0
    }

    /// A comma, a dot or a colon with no space behind it: `1,5`, `12:30`, `a.b`.
    pub(super) const fn is_tight(self) -> bool {
        let apart = Self::SPACE.or(Self::LINE).or(Self::EDGE).or(Self::QUOTE);
        self.has(Self::COMMA.or(Self::DOT).or(Self::COLON)) && !self.has(apart)
    }

    /// A hyphen that joins what stands before it to what follows.
    pub(super) const fn is_hyphened(self) -> bool {
        self.has(Self::HYPHEN) && !self.has(Self::SPACE.or(Self::LINE).or(Self::EDGE))
    }

    /// Spaces alone.
    pub(super) fn is_space(self) -> bool {
        self == Self::SPACE
    }

    /// The mark that begins at `at` and its length.
    fn mark(bytes: &[u8], at: usize) -> (Self, usize) {
        match &bytes[at..] {
            [b' ' | b'\t', ..] => (Self::SPACE, 1),
            [b'\\', b'n' | b'r' | b't', ..] => (Self::LINE, 2),
            [b'\n' | b'\r', ..] => (Self::LINE, 1),
            [b'\'' | b'`', ..] => (Self::APOSTROPHE, 1),
            [b'-', ..] => (Self::HYPHEN, 1),
            [b',', ..] => (Self::COMMA, 1),
            [b'.', ..] => (Self::DOT, 1),
            [b':' | b'=', ..] => (Self::COLON, 1),
            [b'/', ..] => (Self::SLASH, 1),
            [b'"', ..] => (Self::QUOTE, 1),
            [b'(', ..] => (Self::BREAK.or(Self::OPEN), 1),
            [b'!' | b'?' | b';' | b')' | b'<' | b'>', ..] => (Self::BREAK, 1),
            [b'#', ..] => (Self::SIGN, 1),
            [0xC2, 0xA0, ..] => (Self::SPACE, 2),
            [0xC2, 0xB0 | 0xBA | 0xAA, ..] => (Self::SIGN, 2),
            [0xC2, 0xA1 | 0xBF, ..] => (Self::BREAK, 2),
            [0xC2, 0xAB | 0xBB, ..] => (Self::QUOTE, 2),
            [0xE2, 0x80, 0x89 | 0xAF, ..] => (Self::SPACE, 3),
            [0xE2, 0x80, 0x90 | 0x91 | 0x93 | 0x94, ..] => (Self::HYPHEN, 3),
            [0xE2, 0x80, 0x98 | 0x99, ..] => (Self::APOSTROPHE, 3),
            [0xE2, 0x80, 0x9A..=0x9E, ..] => (Self::QUOTE, 3),
            [0xF0, ..] => (Self::BREAK, 4), // emoji
            _ => (Self::OTHER, 1),
        }
    }

    /// These marks, and another behind them.
    const fn then(self, mark: Self) -> Self {
        if self.has(Self::OTHER) { self } else { self.or(mark) }
    }
}

/// Words from the first to the last.
pub(super) type Run = (usize, usize);

/// Claims the runs of words that `read` finds from each word on; none that reaches over what is taken.
pub(super) fn claim_runs(
    view: &mut View,
    kind: Kind,
    read: fn(&[u8], &Words, usize) -> Option<Run>,
) {
    let mut words = view.words.take().unwrap_or_else(|| Words::of(&view.bytes));
    let n_found = view.found.len();
    for at in 0..words.len() {
        let Some(run) = read(&view.bytes, &words, at) else { continue };
        let (start, end) = (words.all[run.0].start, words.all[run.1].end);
        if !view.bytes[start..end].contains(&WALL) {
            view.claim(kind, start, end);
            words.take(run);
        }
    }
    if view.found.len() == n_found {
        view.words = Some(words);
    }
}

/// Marks that end a clause.
const CLAUSE: Gap = Gap::COMMA.or(Gap::DOT).or(Gap::COLON).or(Gap::BREAK).or(Gap::LINE);

/// The words of the text, and what stands behind the last.
pub(super) struct Words {
    all: Vec<Word>,
    tail: Gap,
}

impl Words {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut all: Vec<Word> = Vec::with_capacity(bytes.len() / 5 + 1);
        let (mut gap, mut apart) = (Gap::EDGE, true);
        let mut at = 0;
        while at < bytes.len() {
            let end = word_end(bytes, at);
            if end == at {
                let (mark, len) = Gap::mark(bytes, at);
                let glues = is_glue(bytes, at) && letter_before(bytes, at);
                gap = gap.then(mark);
                if !mark.within(Gap::SPACE.or(Gap::QUOTE)) {
                    apart = mark.has(CLAUSE);
                }
                if glues {
                    gap = gap.or(Gap::GLUE);
                }
                at += len;
                continue;
            }
            if byte(bytes, end) == WALL || (at > 0 && bytes[at - 1] == WALL) {
                gap = gap.then(Gap::OTHER);
                apart = false;
            } else {
                let word = &bytes[at..end];
                let classes = lexicon::classes(word);
                all.push(Word { start: at, end, classes, gap, apart, shape: Shape::of(word) });
                (gap, apart) = (Gap::default(), false);
            }
            at = end;
        }
        Self { all, tail: gap.then(Gap::EDGE) }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Word> {
        self.all.get(at)
    }

    /// What stands before the word at `at`; behind the last word, what ends the text.
    pub(super) fn gap(&self, at: usize) -> Gap {
        self.all.get(at).map_or(self.tail, |word| word.gap)
    }

    /// Whether the word at `at` is in one of these classes.
    pub(super) fn is(&self, at: usize, classes: u64) -> bool {
        self.get(at).is_some_and(|word| word.is(classes))
    }

    /// Makes these words ones that say nothing, as a wall does.
    fn take(&mut self, (first, last): Run) {
        for word in &mut self.all[first..=last] {
            *word = Word { classes: 0, gap: Gap::OTHER, shape: Shape::TAKEN, ..*word };
        }
        match self.all.get_mut(last + 1) {
            Some(word) => word.gap = Gap::OTHER,
            None => self.tail = Gap::OTHER,
        }
    }

    /// The index of the first word that starts at `at` or behind.
    pub(super) fn index(&self, at: usize) -> usize {
        self.all.partition_point(|word| word.start < at)
    }
}

/// All classes of the lexicon that a word of the text is in.
pub(super) fn classes_of(bytes: &[u8]) -> u64 {
    let (mut classes, mut at) = (0, 0);
    while at < bytes.len() {
        let end = word_end(bytes, at);
        if end > at {
            classes |= lexicon::classes(&bytes[at..end]);
        }
        at = end.max(at + 1);
    }
    classes
}

/// Whether the mark at `at` goes on with the word before it.
fn is_glue(bytes: &[u8], at: usize) -> bool {
    let next = byte(bytes, at + 1);
    let goes_on = next == WALL || letter_len(bytes, at + 1) > 0;
    match bytes[at] {
        b'@' | b'_' | b'%' | b'&' | b'=' | b'\\' | WALL => true,
        b'.' | b':' | b'/' => goes_on,
        _ => false,
    }
}

fn letter_before(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80)
}

/// The end of the letters and digits from `start` on.
pub(super) fn word_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < bytes.len() {
        match letter_len(bytes, end) {
            0 => break,
            len => end += len,
        }
    }
    end.min(bytes.len())
}

/// The length of the letter or digit at `at`; zero where something else is.
///
/// Beyond ASCII what is not known to be punctuation, a space or a symbol is a letter.
pub(super) fn letter_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(ascii) if ascii.is_ascii_alphanumeric() => 1,
        Some(0xC3..=0xDF) => 2,
        Some(0xE3) if byte(bytes, at + 1) == 0x80 => 0,
        Some(0xEF) if matches!(byte(bytes, at + 1), 0xBC | 0xBD) => 0,
        Some(0xE0 | 0xE1 | 0xE3..=0xEF) => 3,
        _ => 0,
    }
}

/// How near a word of a class stands before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nearness {
    /// Only words that lead from a name to its value stand between.
    Named,
    /// It stands within [`WINDOW`] bytes.
    Near,
}

/// Bytes looked back for context.
const WINDOW: usize = 64;

/// How near a word of `classes` stands before `at`. A wall ends the search.
pub(super) fn nearness(bytes: &[u8], at: usize, classes: u64) -> Option<Nearness> {
    let floor = at.saturating_sub(WINDOW);
    let mut end = at;
    let mut leads = true;
    while end > floor {
        let before = bytes[end - 1];
        if before == WALL {
            return None;
        }
        if !(before.is_ascii_alphanumeric() || before >= 0x80) {
            leads &= matches!(
                before,
                b' ' | b':' | b'=' | b'.' | b'-' | b'#' | b'"' | b'\'' | b',' | b'(' | b')' | b'/'
            );
            end -= 1;
            continue;
        }
        let word = bytes[floor..end].iter().rev();
        let len = word.take_while(|b| b.is_ascii_alphanumeric() || **b >= 0x80).count();
        let start = end - len;
        // A word that is cut off by the window, or that touches a wall, says nothing.
        if bytes[start..end].contains(&WALL) || (start == floor && start > 0) {
            return None;
        }
        let found = lexicon::classes(&bytes[start..end]);
        // Social insurance in Canada, and `without` in Spanish.
        let sin = leads
            && classes & lexicon::ID_CUE != 0
            && bytes[start..end].eq_ignore_ascii_case(b"sin");
        if found & classes != 0 || sin {
            return Some(if leads { Nearness::Named } else { Nearness::Near });
        }
        // A sign such as `°`, or a space that does not break.
        let is_sign = len == 2 && bytes[start] == 0xC2;
        leads &= is_sign || found & lexicon::LEADS != 0;
        end = start;
    }
    None
}
