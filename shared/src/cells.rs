//! The hour tier: the cells of one closed hour, by metric family and view.
//!
//! Where sums keep whole dimension vectors, cells keep only the values of one view, so that a month
//! of one metric is a few reads. Gauges keep their minute, since a level is a sum of flows in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    dimension::{EXTRA, View},
    metric::{Family, Kind, Metric},
    minute::{Hour, Minute},
    sums::{Amount, DecodeError, Sums},
    symbol::{Sym, Symbols},
};

/// Written before the data: the shape that follows.
const VERSION: u8 = 1;

/// The cells of one hour, one family, one view.
#[derive(Clone, Debug, Default)]
pub struct HourCells {
    symbols: Symbols,
    cells: BTreeMap<CellKey, Amount>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct CellKey {
    metric: u8,
    extra: Sym,
    values: [Sym; 2],
    /// Minute within the hour for gauges, else 0.
    offset: u8,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    symbols: Symbols,
    cells: Vec<(CellKey, Amount)>,
}

/// One cell as a reader sees it.
#[derive(Debug)]
pub struct CellRef<'a> {
    /// The metric.
    pub metric: Metric,
    /// The minute; of a metric other than a gauge, the hour's first.
    pub minute: Minute,
    /// The value of the metric's own dimension, or empty.
    pub extra: &'a str,
    /// The values of the view's dimensions; empty where the view has fewer.
    pub values: [&'a str; 2],
    /// How much.
    pub amount: &'a Amount,
}

/// Expands an hour's sums into the items of its hour tier.
pub fn expand(sums: &Sums) -> BTreeMap<(Family, View), HourCells> {
    let mut items: BTreeMap<(Family, View), HourCells> = BTreeMap::new();
    for (minute, metric, vector, amount) in sums.iter() {
        let family = metric.definition().family;
        for view in metric.views().filter(|view| metric.is_stored_by(*view)) {
            let Some(values) = view.project(vector) else { continue };
            let item = items.entry((family, view)).or_default();
            let key = CellKey {
                metric: metric as u8,
                extra: item.symbols.intern(sums.text(vector[EXTRA])),
                values: values.map(|value| item.symbols.intern(sums.text(value))),
                offset: match metric.kind() {
                    Kind::Gauge => u8::try_from(minute.0.rem_euclid(60)).unwrap_or_default(),
                    _ => 0,
                },
            };
            item.cells.entry(key).or_default().merge(amount, 1);
        }
    }
    for item in items.values_mut() {
        item.cells.retain(|_, amount| !amount.is_zero());
    }
    items.retain(|_, item| !item.cells.is_empty());
    items
}

impl HourCells {
    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let stored = Stored {
            symbols: self.symbols.clone(),
            cells: self.cells.iter().map(|(key, amount)| (*key, amount.clone())).collect(),
        };
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        postcard::to_extend(&stored, vec![VERSION]).expect("serialises")
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => {
                let Stored { symbols, cells } = postcard::from_bytes(body)?;
                Ok(Self { symbols, cells: cells.into_iter().collect() })
            }
            Some((&other, _)) => Err(DecodeError::Version(other)),
            None => Err(DecodeError::Version(0)),
        }
    }

    /// Its cells, for the hour that it stands under.
    pub fn iter(&self, hour: Hour) -> impl Iterator<Item = CellRef<'_>> {
        self.shown(self.cells.iter(), hour)
    }

    /// Its cells of one metric.
    pub fn of(&self, metric: Metric, hour: Hour) -> impl Iterator<Item = CellRef<'_>> {
        let number = metric as u8;
        let from =
            CellKey { metric: number, extra: Sym::ABSENT, values: [Sym::ABSENT; 2], offset: 0 };
        let found = self.cells.range(from..).take_while(move |(key, _)| key.metric == number);
        self.shown(found, hour)
    }

    fn shown<'a>(
        &'a self,
        cells: impl Iterator<Item = (&'a CellKey, &'a Amount)>,
        hour: Hour,
    ) -> impl Iterator<Item = CellRef<'a>> {
        cells.filter_map(move |(key, amount)| {
            Some(CellRef {
                metric: Metric::of_number(key.metric)?,
                minute: hour.start().plus(i32::from(key.offset)),
                extra: self.symbols.text(key.extra),
                values: key.values.map(|value| self.symbols.text(value)),
                amount,
            })
        })
    }
}
