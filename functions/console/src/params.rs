//! What is asked for: the parameters of a query, each checked and named when it is wrong.

use std::str::FromStr;

use jiff::{Timestamp, tz::TimeZone};
use tocsin_domain::{
    dimension::Dimension,
    metric::Metric,
    minute::{self, DAY, Minute, nanoseconds},
    query::{Selection, Steps, StepsError},
    rfc3339,
};

use crate::refusal::Refusal;

/// The parameters of a request, decoded, in order.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query; any name that is not in `known` is refused.
    pub fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Refusal> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = pairs.into_owned().collect();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(Self(pairs)),
            Some((name, _)) => {
                let detail = format!("unknown parameter: known are {}", known.join(", "));
                Err(Refusal::bad(name, detail))
            }
        }
    }

    /// All values of a parameter that may repeat.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that may not repeat.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Refusal::bad(name, "may be given once")),
        }
    }

    /// A parameter that is a number.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let wrong = || Refusal::bad(name, "want a whole number that is not too large");
        self.one(name)?.map(|text| text.parse().map_err(|_| wrong())).transpose()
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        // A `+` that was not escaped arrives as a space; in an offset RFC 3339 has none.
        let at = text.floor_char_boundary(text.len().min("2026-03-02T09:15:00".len()));
        let (date, offset) = text.split_at(at);
        let parsed = rfc3339::parse(&format!("{date}{}", offset.replace(' ', "+")));
        let wrong = || Refusal::bad(name, "want an RFC 3339 time, as 2026-03-02T09:15:00Z");
        parsed.map(Some).ok_or_else(wrong)
    }

    /// From when to when: the day up to this minute, which counts, unless told otherwise. Both are
    /// cut to the days after now, of which nothing is answered.
    pub fn range(&self, now: i64) -> Result<(Timestamp, Timestamp), Refusal> {
        let to = self.time("to")?.unwrap_or_else(|| Minute::of(now).plus(1).timestamp());
        let day_before = minute::timestamp(nanoseconds(to).saturating_sub(DAY));
        let from = self.time("from")?.unwrap_or(day_before);
        let after = |days: i64| minute::timestamp(now.saturating_add(days * DAY));
        if from < to {
            Ok((from.min(after(1)), to.min(after(2))))
        } else {
            Err(steps_error(StepsError::Empty))
        }
    }

    /// The zone whose days are meant.
    pub fn zone(&self) -> Result<TimeZone, Refusal> {
        let Some(name) = self.one("tz")? else { return Ok(TimeZone::UTC) };
        TimeZone::get(name)
            .map_err(|_| Refusal::bad("tz", "want an IANA zone, as Europe/Amsterdam"))
    }

    /// What is asked about a metric. `agent_value` makes a stored value of an agent as asked for.
    pub fn selection(
        &self,
        metric: Metric,
        agent_value: impl Fn(&str) -> String,
    ) -> Result<Selection, Refusal> {
        let own = metric.definition().extra.map(tocsin_domain::dimension::Extra::as_str);
        let mut selection = Selection::total(metric);
        for name in self.all("by") {
            match Dimension::parse(name) {
                Some(dimension) if selection.by.contains(&dimension) => {}
                Some(dimension) => selection.by.push(dimension),
                None if own == Some(name) => selection.by_extra = true,
                None => return Err(no_dimension("by", name, metric)),
            }
        }
        for condition in self.all("where") {
            let wrong = || Refusal::bad("where", "want dimension:value, as channel:chat");
            let (name, value) = condition.split_once(':').ok_or_else(wrong)?;
            match Dimension::parse(name) {
                Some(Dimension::Agent) => {
                    narrow(&mut selection, Dimension::Agent, agent_value(value));
                }
                Some(dimension) => narrow(&mut selection, dimension, value.to_owned()),
                None if own == Some(name) => selection.only_extra.push(value.to_owned()),
                None => return Err(no_dimension("where", name, metric)),
            }
        }
        Ok(selection)
    }
}

/// Several values of one dimension: any of these.
fn narrow(selection: &mut Selection, dimension: Dimension, value: String) {
    match selection.only.iter_mut().find(|(other, _)| *other == dimension) {
        Some((_, values)) => values.push(value),
        None => selection.only.push((dimension, vec![value])),
    }
}

fn no_dimension(field: &str, name: &str, metric: Metric) -> Refusal {
    let cut = metric.definition().cut;
    let kept = Dimension::ALL.into_iter().filter(|dimension| cut.has(*dimension));
    let mut names: Vec<&str> = kept.map(Dimension::as_str).collect();
    names.extend(metric.definition().extra.map(tocsin_domain::dimension::Extra::as_str));
    let detail = format!("{metric} has no dimension `{name}`: known are {}", names.join(", "));
    Refusal::bad(field, detail)
}

/// The steps of a query.
pub fn steps(
    (from, to): (Timestamp, Timestamp),
    step: Option<i64>,
    zone: &TimeZone,
) -> Result<Steps, Refusal> {
    Steps::new(from, to, step, zone).map_err(steps_error)
}

fn steps_error(error: StepsError) -> Refusal {
    let field = match error {
        StepsError::Empty => "to",
        StepsError::Step | StepsError::TooMany => "step",
    };
    Refusal::bad(field, error.to_string())
}

#[cfg(test)]
mod tests;
