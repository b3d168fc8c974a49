//! Individual figures: whose they are, and what was to be expected of them.
//!
//! A figure is an **individual's** where it is cut or narrowed by agent, or by teams in which fewer
//! than [`TEAM`] agents were seen in the range. Where nobody counted, a team is taken for small.
//!
//! The **expected** figure of somebody is what everybody's figures come to with this somebody's mix
//! of intents and queues (indirect standardisation): sum over (intent, queue) of their trials times
//! everybody's figure there in the range, over their trials. Everybody is all people known to have
//! answered or handled a contact in the range, the individual among them: an AI agent has an id too,
//! and the two are not ranked together. A metric that is never pooled is compared evaluator by
//! evaluator.
//!
//! Neither is kept as cells; both are counted from whole dimension vectors, which the minute tier
//! holds.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{Label, NotKept, Notes, Selection, Steps};
use crate::{
    dimension::{Dimension, EXTRA, UNKNOWN, Vector, View},
    metric::{Kind, Metric},
    minute::Minute,
    sums::Sums,
};

/// So many agents make a team; fewer are individuals.
const TEAM: usize = 3;

/// What is known of those whose figures are asked for.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// Known agents by team; `None` where they were not counted.
    agents: Option<BTreeMap<String, BTreeSet<String>>>,
    /// What was to be expected of each figure.
    pub(super) expected: Notes,
}

impl Peers {
    /// Whether the figures of a series are an individual's.
    pub(super) fn is_individual(&self, selection: &Selection, label: &Label) -> bool {
        if selection.names(Dimension::Agent) {
            return true;
        }
        if !selection.names(Dimension::Team) {
            return false;
        }
        let Some(agents) = &self.agents else { return true };
        let position = selection.by.iter().position(|dimension| *dimension == Dimension::Team);
        let named = position.and_then(|position| label.get(position));
        let narrowed = selection.only.iter().filter(|(other, _)| *other == Dimension::Team);
        let teams: Vec<&String> = match named {
            Some(team) => vec![team],
            None => narrowed.flat_map(|(_, teams)| teams).collect(),
        };
        let seen: BTreeSet<&String> =
            teams.into_iter().filter_map(|team| agents.get(team)).flatten().collect();
        // A team of none is what nobody is known of: the AI's own work, mostly.
        (1..TEAM).contains(&seen.len())
    }
}

/// Where trials were: intent, queue, and the metric's own dimension.
type Mix = [String; 3];

/// Only people have these, and those who work in the range have one of them.
const OF_PEOPLE: [Metric; 2] = [Metric::AgentHandleTime, Metric::FirstResponseTimeHuman];

/// Counts peers, part by part.
#[derive(Debug)]
pub struct PeerCount<'a> {
    selection: &'a Selection,
    view: View,
    steps: &'a Steps,
    agents: BTreeMap<String, BTreeSet<String>>,
    people: BTreeSet<String>,
    /// By agent and mix: sum and count, and trials by series and step.
    work: BTreeMap<(String, Mix), Work>,
}

#[derive(Debug, Default)]
struct Work {
    sum: i128,
    count: i64,
    own: BTreeMap<(Label, Minute), i64>,
}

impl<'a> PeerCount<'a> {
    /// Of a selection; `None` where its figures are nobody's.
    pub fn new(selection: &'a Selection, steps: &'a Steps) -> Result<Option<Self>, NotKept> {
        if !selection.names(Dimension::Agent) && !selection.names(Dimension::Team) {
            return Ok(None);
        }
        let view = selection.view()?;
        let (agents, people, work) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Ok(Some(Self { selection, view, steps, agents, people, work }))
    }

    /// Counts what of these amounts lies in the range.
    pub fn add(&mut self, sums: &Sums) {
        let (mut seen, mut people) = (BTreeSet::new(), BTreeSet::new());
        let mut known: FxHashMap<Vector, (Option<Label>, Mix)> = FxHashMap::default();
        for (minute, metric, vector, amount) in sums.iter() {
            let Some(step) = self.steps.step_of(minute) else { continue };
            let of = |dimension: Dimension| sums.text(vector[dimension.index()]);
            let (agent, team) = (of(Dimension::Agent), of(Dimension::Team));
            if agent.is_empty() || agent == UNKNOWN {
                continue;
            }
            seen.insert((team, agent));
            if OF_PEOPLE.contains(&metric) {
                people.insert(agent);
            }
            if metric != self.selection.metric {
                continue;
            }
            let (label, mix) = known.entry(*vector).or_insert_with(|| self.place(sums, vector));
            let work = self.work.entry((agent.to_owned(), mix.clone())).or_default();
            work.sum += amount.sum;
            work.count += amount.count;
            if let Some(label) = label {
                *work.own.entry((label.clone(), step)).or_default() += amount.count;
            }
        }
        self.people.extend(people.into_iter().map(str::to_owned));
        for (team, agent) in seen {
            self.agents.entry(team.to_owned()).or_default().insert(agent.to_owned());
        }
    }

    /// What was counted.
    pub fn finish(self) -> Peers {
        let mut expected = Notes::new();
        for ((label, step), (value, trials)) in self.expected() {
            if trials > 0.0 {
                expected.entry(label.clone()).or_default().insert(*step, value / trials);
            }
        }
        Peers { agents: Some(self.agents), expected }
    }

    /// By series and step: the sum of what was to be expected of each trial, and the trials.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn expected(&self) -> BTreeMap<&(Label, Minute), (f64, f64)> {
        let mut expected = BTreeMap::new();
        let unit = match self.selection.metric.kind() {
            Kind::Ratio | Kind::Mean | Kind::Distribution => 1.0 / self.selection.metric.scale(),
            Kind::Index => 100.0,
            Kind::Count | Kind::Sum | Kind::Gauge => return expected,
        };
        let of_people = || self.work.iter().filter(|((agent, _), _)| self.people.contains(agent));
        let mut everybody: BTreeMap<&Mix, (i128, i64)> = BTreeMap::new();
        for ((_, mix), work) in of_people() {
            let (sum, count) = everybody.entry(mix).or_default();
            *sum += work.sum;
            *count += work.count;
        }
        for ((_, mix), work) in of_people() {
            let Some((sum, count)) = everybody.get(mix).filter(|(_, count)| *count > 0) else {
                continue;
            };
            let figure = unit * *sum as f64 / *count as f64;
            for (at, trials) in &work.own {
                let (value, of) = expected.entry(at).or_default();
                *value += *trials as f64 * figure;
                *of += *trials as f64;
            }
        }
        expected
    }

    /// The series that a vector belongs to, and its place in the mix.
    fn place(&self, sums: &Sums, vector: &Vector) -> (Option<Label>, Mix) {
        let extra = sums.text(vector[EXTRA]);
        let values = self.view.project(vector).map(|values| values.map(|value| sums.text(value)));
        let label = values.and_then(|values| self.selection.label(self.view, extra, values));
        let of = |dimension: Dimension| sums.text(vector[dimension.index()]).to_owned();
        let own = if self.selection.has_own() { extra.to_owned() } else { String::new() };
        (label, [of(Dimension::Intent), of(Dimension::Queue), own])
    }
}

#[cfg(test)]
#[path = "peers_tests.rs"]
mod tests;
