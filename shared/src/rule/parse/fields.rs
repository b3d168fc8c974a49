//! Fields of a mapping, read one by one; what is left at the end is unknown.

use std::fmt::Display;

use super::{MINUTES_A_DAY, Problem};
use crate::rule::document::{Item, Mapping, Node};

/// How alike two names are at least for one to be a slip of the other: 1 less the share of letters
/// that are added, left out, changed or swapped.
const ALIKE: f64 = 0.6;

/// What is left of a mapping's fields; reading takes them out.
pub(super) struct Fields<'a> {
    place: String,
    /// Where the mapping begins.
    line: u64,
    left: Mapping,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// The fields of a rule; `place` names it.
    pub(super) fn new(
        place: String,
        line: u64,
        left: Mapping,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        Self { place, line, left, problems }
    }

    pub(super) fn problem(&mut self, line: u64, field: &str, what: impl Display) {
        let message = format!("{}: `{field}` {what}", self.place);
        self.problems.push(Problem { line, message });
    }

    /// A problem of what is not there.
    pub(super) fn missing(&mut self, field: &str, remedy: impl Display) {
        self.problem(self.line, field, format_args!("is missing: {remedy}"));
    }

    /// Takes a field out; one without a value is not there.
    pub(super) fn take(&mut self, field: &str) -> Option<Item> {
        self.left.remove(field).filter(|item| !matches!(item.node, Node::Null))
    }

    /// A field's value, which stays where it is.
    pub(super) fn peek(&self, field: &str) -> Option<&Node> {
        self.left.get(field).map(|item| &item.node)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.left.get(field).is_some_and(|item| !matches!(item.node, Node::Null))
    }

    /// A field that must not be there.
    pub(super) fn refuse(&mut self, field: &str, why: impl Display) {
        if let Some(item) = self.take(field) {
            self.problem(item.line, field, why);
        }
    }

    /// Reads a field that is a mapping itself.
    pub(super) fn within<T>(
        &mut self,
        field: &str,
        item: Item,
        example: &str,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Option<T> {
        let Node::Mapping(left) = item.node else {
            self.problem(item.line, field, format_args!("is not a mapping: write `{example}`"));
            return None;
        };
        let place = format!("{}: `{field}`", self.place);
        Some(read(&mut Fields::new(place, item.line, left, self.problems)))
    }

    /// What nobody took is unknown.
    pub(super) fn end(&mut self, known: &[&str]) {
        for (field, item) in std::mem::take(&mut self.left) {
            let remedy = remedy(&field, known);
            self.problem(item.line, &field, format_args!("is unknown: {remedy}"));
        }
    }

    pub(super) fn text(&mut self, field: &str, remedy: impl Display) -> Option<String> {
        Some(self.located_text(field, remedy)?.1)
    }

    /// Text that must be there, and its line.
    pub(super) fn located_text(
        &mut self,
        field: &str,
        remedy: impl Display,
    ) -> Option<(u64, String)> {
        let Some(Item { line, node }) = self.take(field) else {
            self.missing(field, remedy);
            return None;
        };
        let text = node.text().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.problem(line, field, format_args!("is not text: {remedy}"));
        }
        text.map(|text| (line, text.to_owned()))
    }

    pub(super) fn one_of(&mut self, field: &str, known: &[&str]) -> Option<String> {
        let all = format!("want one of {}", known.join(", "));
        let (line, text) = self.located_text(field, all)?;
        if known.contains(&text.as_str()) {
            return Some(text);
        }
        self.problem(line, field, format_args!("is `{text}`: {}", remedy(&text, known)));
        None
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let remedy = "want 1 to 64 of a-z, 0-9 and -";
        let (line, name) = self.located_text("name", remedy)?;
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.len() > 64 || !name.bytes().all(legal) {
            self.problem(line, "name", format_args!("is not a name: {remedy}"));
            return None;
        }
        Some(name)
    }

    /// A span of whole minutes, where there is one.
    pub(super) fn minutes(&mut self, field: &str, longest: i32) -> Option<i32> {
        let item = self.take(field)?;
        self.span(field, item, longest)
    }

    /// A span of whole minutes that was taken.
    pub(super) fn span(&mut self, field: &str, item: Item, longest: i32) -> Option<i32> {
        let Item { line, node } = item;
        let minutes = node.text().and_then(minutes).filter(|m| (1..=longest).contains(m));
        if minutes.is_none() {
            let days = longest / MINUTES_A_DAY;
            let remedy = format!("want a number and m, h or d, such as 15m, up to {days}d");
            self.problem(line, field, format_args!("is not a time span: {remedy}"));
        }
        minutes
    }

    /// A whole number that is not below the least.
    pub(super) fn count(&mut self, field: &str, default: i64, least: i64) -> Option<i64> {
        let Some(Item { line, node }) = self.take(field) else { return Some(default.max(least)) };
        #[expect(clippy::cast_possible_truncation, reason = "whole, and a larger one saturates")]
        let whole =
            node.number().filter(|number| number.fract() == 0.0).map(|number| number as i64);
        let count = whole.filter(|count| *count >= least);
        if count.is_none() {
            self.problem(
                line,
                field,
                format_args!("is no count: want a whole number, {least} or more"),
            );
        }
        count
    }

    /// A number that must be there, and its line.
    pub(super) fn number(
        &mut self,
        field: &str,
        remedy: &str,
        within: impl FnOnce(f64) -> bool,
    ) -> Option<(u64, f64)> {
        let Some(Item { line, node }) = self.take(field) else {
            self.missing(field, remedy);
            return None;
        };
        let number = node.number().filter(|number| within(*number));
        if number.is_none() {
            self.problem(line, field, format_args!("is out of range: {remedy}"));
        }
        number.map(|number| (line, number))
    }

    /// A link, where there is one.
    pub(super) fn link(&mut self, field: &str) -> Option<String> {
        let Item { line, node } = self.take(field)?;
        let link = node.text().filter(|link| {
            let host = link.strip_prefix("https://").unwrap_or_default();
            !host.is_empty() && !link.contains(|c: char| c.is_whitespace() || c.is_control())
        });
        if link.is_none() {
            let remedy = "want an https:// address without spaces";
            self.problem(line, field, format_args!("is not a link: {remedy}"));
        }
        link.map(str::to_owned)
    }
}

/// What to write in place of a name that is not known.
pub(super) fn remedy(name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(nearest) => format!("did you mean `{nearest}`? Known are {}", known.join(", ")),
        None => format!("known are {}", known.join(", ")),
    }
}

/// The known name that this one is a slip of.
pub(super) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let alike =
        known.iter().map(|known| (strsim::normalized_damerau_levenshtein(name, known), *known));
    let nearest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(alike, _)| *alike >= ALIKE).map(|(_, known)| known)
}

/// Minutes of a number and its unit.
pub(super) fn minutes(text: &str) -> Option<i32> {
    let unit = match text.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => MINUTES_A_DAY,
        _ => return None,
    };
    let number = text[..text.len() - 1].parse::<u16>().ok()?;
    i32::from(number).checked_mul(unit)
}
