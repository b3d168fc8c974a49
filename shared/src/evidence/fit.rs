//! Which change fits: how well each explains when it got worse, and where.
//!
//! A fit is the product of two figures between 0 and 1.
//!
//! * **Time.** It must come before. Half of it is how little less likely a beginning with the change is
//!   than the best one, by the minutes ([`Curve`]); half is how soon after the change it began. Where
//!   the minutes do not tell a beginning, that of the alert's window stands for it.
//! * **Place.** Of a component whose versions conversations carry: how much of what got worse since the
//!   change carries this version, and how alike the two sets of conversations are. A version that was
//!   not there when it got worse is ruled out. Of other components nothing is known but their names: one
//!   that names the cell fits better.
//!
//! Below [`FITS`] no change is said to fit.

use serde::{Deserialize, Serialize};

use super::{
    AXES, Cell, Curve, Explanation, Part, Rows,
    arithmetic::Arithmetic,
    table::{self, Tally},
};
use crate::{
    alert::Change,
    dimension::Dimension,
    minute::{MINUTE, Minute},
    query::Selection,
};

/// From here on a change is said to fit.
pub const FITS: f64 = 0.25;
/// A change fits by a third as well so many minutes before the beginning.
const SOON: f64 = 30.0;
/// Minutes by which a beginning may seem to come before its cause: the two clocks differ.
const CLOCKS: f64 = 2.0;
/// Natural logarithms of likelihood that cost a factor of e in time.
const PATIENCE: f64 = 8.0;

/// How well a change explains an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// From 0 to 1.
    pub share: f64,
    /// Why, in words.
    pub reason: String,
}

/// What is known of when and where.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Of the alert.
    pub selection: &'a Selection,
    /// What the difference is made of.
    pub explanation: &'a Explanation,
    /// The part that explains most, or all.
    pub part: &'a Part,
    /// When it may have begun.
    pub curve: &'a Curve,
    /// The amounts around it.
    pub rows: &'a Rows,
    /// The first minute that is held, and the one after the last.
    pub held: (Minute, Minute),
    /// When the alert's first window began: it stands for the beginning where that is not known.
    pub window: Minute,
}

/// Puts the changes in order, the one that fits best first, and says of each how well it does.
pub fn rank(changes: &mut [Change], known: &Known<'_>) {
    for change in changes.iter_mut() {
        change.fit = Some(fit(change, known));
    }
    changes.sort_by(|a, b| {
        let of = |change: &Change| change.fit.as_ref().map_or(0.0, |fit| fit.share);
        of(b).total_cmp(&of(a)).then(b.time.cmp(&a.time))
    });
}

fn fit(change: &Change, known: &Known<'_>) -> Fit {
    let (time, when) = time(change, known);
    let (place, place_words) = place(change, known);
    let share = (time * place * 100.0).round() / 100.0;
    Fit { share, reason: format!("{when}; {place_words}") }
}

/// How well the time fits, with words.
fn time(change: &Change, known: &Known<'_>) -> (f64, String) {
    let onset = known.explanation.onset;
    let begun = onset.unwrap_or_else(|| known.window.start());
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
    let lead = ((begun - change.time) as f64 / MINUTE as f64).ceil() as i64;
    let minutes = lead as f64;
    let near = if minutes >= 0.0 {
        libm::exp(-minutes / SOON)
    } else if minutes >= -CLOCKS {
        1.0
    } else if onset.is_some() {
        libm::exp((minutes + CLOCKS) * 2.0)
    } else {
        0.5
    };
    let after = Minute::of(change.time);
    let behind = [after, after.plus(1)].into_iter().filter_map(|at| known.curve.behind(at));
    let likely = behind.min_by(f64::total_cmp).filter(|_| onset.is_some());
    let fits = likely.map_or(near, |behind| {
        let likely = if minutes < -CLOCKS { 0.0 } else { libm::exp(-behind / PATIENCE) };
        f64::midpoint(near, likely)
    });
    let words = match (onset, lead) {
        (None, 0..) => format!("deployed {} before the alert's window", span(lead)),
        (None, _) => "deployed within the alert's window".to_owned(),
        (Some(_), 0) => "deployed as it began".to_owned(),
        (Some(_), 1..) => format!("deployed {} before it began", span(lead)),
        (Some(_), _) => format!("deployed {} after it began", span(-lead)),
    };
    (fits, words)
}

fn span(minutes: i64) -> String {
    match minutes {
        ..90 => format!("{minutes} min"),
        _ => format!("{:.1} h", minutes as f64 / 60.0),
    }
}

/// How well the place fits, with words.
fn place(change: &Change, known: &Known<'_>) -> (f64, String) {
    let is_named = names(change, &known.part.cell);
    let Some(axis) = axis(&change.kind) else {
        return if is_named {
            (0.9, "its name is that of what got worse".to_owned())
        } else {
            (0.5, "conversations do not say which of them it touched".to_owned())
        };
    };
    let Carried { within, of_part, excess, total, elsewhere } = carried(change, axis, known);
    if total.n <= 0.0 {
        return (0.3, "nothing was seen since".to_owned());
    }
    if within.n + elsewhere.n <= 0.0 {
        return if is_named {
            (
                0.5,
                "its name is that of what got worse, but no conversation carries its version"
                    .to_owned(),
            )
        } else {
            (0.15, "no conversation here carries its version".to_owned())
        };
    }
    if within.n <= 0.0 || excess < 0.2 {
        return (0.02, "what got worse does not carry its version".to_owned());
    }
    let both = within.n;
    let either = of_part.n + elsewhere.n;
    let alike = if is_named { (both / either).max(0.8) } else { both / either };
    let words = format!(
        "{:.0} % of what got worse carries its version, which {:.0} % of all do",
        excess * 100.0,
        (within.n + elsewhere.n) / total.n * 100.0
    );
    (excess * (0.5 + 0.5 * alike), words)
}

/// What carries a version since the minute of the change.
struct Carried {
    /// Of the part.
    within: Tally,
    /// The part, whatever it carries.
    of_part: Tally,
    /// The share of what got worse that carries it.
    excess: f64,
    /// All that the alert is about.
    total: Tally,
    /// What carries it and is not of the part.
    elsewhere: Tally,
}

fn carried(change: &Change, axis: Dimension, known: &Known<'_>) -> Carried {
    let span = (Minute::of(change.time).max(known.held.0), known.held.1);
    let of = |cell: &Cell, version: bool| {
        let mut selection = known.selection.narrowed(cell);
        if version {
            selection.only.push((axis, vec![change.version.clone()]));
        }
        let mut tally = Tally::default();
        for (_, _, amount) in known.rows.within(&selection, span) {
            tally.add(table::tally(selection.metric, amount.count, amount.sum));
        }
        tally
    };
    let (within, of_part) = (of(&known.part.cell, true), of(&known.part.cell, false));
    let (all, total) = (of(&Cell::new(), true), of(&Cell::new(), false));
    let elsewhere = Tally { n: all.n - within.n, sum: all.sum - within.sum };
    Carried { within, of_part, excess: excess(known, within, of_part), total, elsewhere }
}

/// The share of a part's excess that so many of its trials hold.
fn excess(known: &Known<'_>, within: Tally, of_part: Tally) -> f64 {
    let is_mean = Arithmetic::of(known.selection.metric).is_ok_and(Arithmetic::is_mean);
    let usual = known.part.before.filter(|_| is_mean);
    let sign = known.explanation.difference().signum();
    let over = |tally: Tally| match usual {
        Some(usual) => (sign * (tally.sum - usual * tally.n)).max(0.0),
        None => tally.n,
    };
    if over(of_part) > 0.0 { (over(within) / over(of_part)).min(1.0) } else { 0.0 }
}

/// The dimension that carries a component's versions.
fn axis(component: &str) -> Option<Dimension> {
    match component {
        "prompt" => Some(Dimension::PromptVersion),
        "model" => Some(Dimension::ModelVersion),
        "knowledge_base" => Some(Dimension::KbVersion),
        _ => None,
    }
}

/// Whether a change's name is a value of the cell, or a word of one.
fn names(change: &Change, cell: &Cell) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3);
        words.map(|word| word.trim_end_matches('s').to_lowercase()).collect()
    };
    let named = words(&change.name);
    let is_version = |name: &String| AXES[3..].iter().any(|axis| axis.as_str() == name);
    cell.iter().any(|(name, value)| {
        (is_version(name) && *value == change.version)
            || words(value).iter().any(|word| named.contains(word))
    })
}
