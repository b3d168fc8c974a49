//! Which cells lack something now, because a source that feeds them is silent or incomplete.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    dimension::Dimension,
    metric::{Family, Metric},
    minute::{DAY, Minute},
    query::Selection,
    rule::{Condition, Rule, Silence, Verdict},
    sums::Sums,
};
use tocsin_shell::{
    rollups::{Parts, Reader},
    store::StoreError,
};

use crate::{
    judge::{Cell, Judged},
    windows::Windows,
};

/// Before it was last heard of, for so long a source is taken to have fed the same cells.
const FED: i64 = DAY;

/// Sources that are silent or incomplete, each with what was counted in the day up to its newest sign
/// of life.
#[derive(Debug, Default)]
pub(crate) struct Outages(Vec<(String, Parts)>);

impl Outages {
    /// By the rules with `silence_of`, or by its usual limits where there are none.
    pub(crate) async fn find(
        reader: &Reader<'_>,
        windows: &Windows,
        judged: &[(&Rule, Judged)],
    ) -> Result<Self, StoreError> {
        let is_silence = |rule: &Rule| matches!(rule.condition, Condition::SilenceOf(_));
        let mut silent = BTreeSet::new();
        for (_, cells) in judged.iter().filter(|(rule, _)| is_silence(rule)) {
            let open = cells.iter().filter(|(_, judgement)| judgement.verdict == Verdict::Open);
            silent.extend(open.filter_map(|(cell, _)| Some(cell.first()?.1.clone())));
        }
        if !judged.iter().any(|(rule, _)| is_silence(rule)) {
            silent = usually_silent(reader, windows).await?;
        }
        let (heard, mut found) = (reader.heard(), Vec::new());
        for source in silent {
            let Some(newest) = heard.newest.get(&source) else { continue };
            let hours = (Minute::of(newest - FED).hour(), Minute::of(*newest).hour());
            found.push((source, reader.parts(hours).await?));
        }
        Ok(Self(found))
    }

    /// A source that feeds a cell and is silent or incomplete.
    pub(crate) fn feeding(&self, selection: &Selection, cell: &Cell) -> Option<&str> {
        // What is known of sources themselves is as it is.
        if selection.metric.definition().family == Family::Data {
            return None;
        }
        let feeds = |(source, parts): &&(String, Parts)| {
            parts.all().any(|sums| feeds(source, sums, selection, cell))
        };
        self.0.iter().find(feeds).map(|(source, _)| source.as_str())
    }
}

async fn usually_silent(
    reader: &Reader<'_>,
    windows: &Windows,
) -> Result<BTreeSet<String>, StoreError> {
    let by = vec![Dimension::Source];
    let selection = Selection { by, ..Selection::total(Metric::Completeness) };
    let known = windows.sources(reader, &selection, Silence::USUAL).await?;
    let labels: BTreeSet<_> = known.iter().flat_map(BTreeMap::keys).collect();
    let silent = labels.into_iter().filter(|label| {
        let amounts = known.iter().map(|cells| cells.get(*label).cloned().unwrap_or_default());
        Silence::USUAL.is_out(&amounts.collect::<Vec<_>>())
    });
    Ok(silent.filter_map(|label| label.first().cloned()).collect())
}

/// Whether a source contributed to a cell. Levels do not tell their sources apart: of them, contacts
/// say whom a source brings.
fn feeds(source: &str, sums: &Sums, selection: &Selection, cell: &Cell) -> bool {
    let definition = selection.metric.definition();
    let is_told = definition.derived.is_none() && definition.cut.has(Dimension::Source);
    let metric = if is_told { selection.metric } else { Metric::Contacts };
    let wanted = cell.iter().filter_map(|(name, value)| Some((Dimension::parse(name)?, value)));
    let wanted: Vec<(Dimension, &String)> = wanted.collect();
    sums.of(metric).any(|(_, vector, _)| {
        let value = |dimension: Dimension| sums.text(vector[dimension.index()]);
        value(Dimension::Source) == source
            && wanted.iter().all(|(dimension, wanted)| value(*dimension) == **wanted)
            && selection.only.iter().all(|(dimension, allowed)| {
                allowed.iter().any(|allowed| allowed == value(*dimension))
            })
    })
}
