//! The stored form of sums: canonical, compact, versioned.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Serialize};

use super::{Amount, Cell, Exemplar, Place, Sums};
use crate::{
    dimension::Vector,
    id::ConversationId,
    metric::Metric,
    minute::Minute,
    sketch::Sketch,
    symbol::{Sym, Symbols},
};

/// Written before the data: the shape that follows. Old numbers stay readable.
const PLAIN: u8 = 1;
/// The shape of [`PLAIN`], deflated.
const DEFLATED: u8 = 2;
/// Shorter data is not worth compressing.
const WORTH_DEFLATING: usize = 600;
/// Inflation stops here: far above anything written.
const LARGEST: u64 = 512 << 20;

/// Why stored bytes are not sums.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a later version.
    #[error("stored shape {0} is not known to this version")]
    Version(u8),
    /// Cut off or overwritten.
    #[error("stored sums do not parse")]
    Corrupt(#[from] postcard::Error),
    /// Cut off or overwritten.
    #[error("stored sums do not inflate")]
    Inflate(#[from] std::io::Error),
}

type CellRow = (u32, u8, i32, i128, i64, Sketch);

#[derive(Serialize, Deserialize)]
struct Stored {
    symbols: Symbols,
    vectors: Vec<Vector>,
    /// Minutes are counted from here.
    base: i32,
    /// Vector, metric, minute, amount.
    cells: Vec<CellRow>,
    /// Vector, metric, minute, conversation, count, badness.
    exemplars: Vec<(u32, u8, i32, ConversationId, i64, i64)>,
}

impl Sums {
    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "plain data into memory can not fail")]
        let plain = postcard::to_extend(&self.stored(), vec![PLAIN]).expect("serialises");
        if plain.len() < WORTH_DEFLATING {
            return plain;
        }
        deflate(&plain).unwrap_or(plain)
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (&version, body) = bytes.split_first().ok_or(DecodeError::Version(0))?;
        match version {
            PLAIN => Ok(Self::from_stored(postcard::from_bytes(body)?)),
            DEFLATED => {
                let mut plain = Vec::with_capacity(body.len() * 4);
                DeflateDecoder::new(body).take(LARGEST).read_to_end(&mut plain)?;
                Ok(Self::from_stored(postcard::from_bytes(&plain)?))
            }
            other => Err(DecodeError::Version(other)),
        }
    }

    fn stored(&self) -> Stored {
        let base = self.cells().map(|(cell, _)| cell.minute.0).min().unwrap_or_default();
        let (symbols, vectors, order) = self.sorted_tables();
        let mut cells: Vec<CellRow> = self
            .cells()
            .map(|(cell, amount)| {
                let Amount { sum, count, sketch } = amount;
                let (vector, metric, minute) = row_key(cell, &order, base);
                (vector, metric, minute, *sum, *count, sketch.clone())
            })
            .collect();
        cells.sort_unstable_by_key(|row| (row.0, row.1, row.2));
        let mut exemplars: Vec<_> = self
            .exemplars
            .iter()
            .map(|((cell, conversation), exemplar)| {
                let (vector, metric, minute) = row_key(*cell, &order, base);
                (vector, metric, minute, *conversation, exemplar.count, exemplar.badness)
            })
            .collect();
        exemplars.sort_unstable();
        Stored { symbols, vectors, base, cells, exemplars }
    }

    /// Tables with only what is used, sorted; and for each vector here its position there.
    fn sorted_tables(&self) -> (Symbols, Vec<Vector>, Vec<u32>) {
        let mut used = vec![false; self.vectors.len()];
        let exemplar_cells = self.exemplars.keys().map(|(cell, _)| *cell);
        for cell in self.cells().map(|(cell, _)| cell).chain(exemplar_cells) {
            used[cell.vector as usize] = true;
        }
        let used_vectors = || {
            let all = self.vectors.iter().enumerate();
            all.filter(|(index, _)| used[*index])
        };
        let mut texts: Vec<&str> = used_vectors()
            .flat_map(|(_, vector)| vector.iter().map(|symbol| self.symbols.text(*symbol)))
            .collect();
        texts.sort_unstable();
        texts.dedup();
        let mut symbols = Symbols::default();
        for text in texts {
            symbols.intern(text);
        }
        let translate =
            |symbol: Sym| symbols.find(self.symbols.text(symbol)).unwrap_or(Sym::ABSENT);
        let mut sorted: Vec<(Vector, usize)> =
            used_vectors().map(|(index, vector)| (vector.map(translate), index)).collect();
        sorted.sort_unstable();
        let mut order = vec![0; self.vectors.len()];
        for (position, (_, index)) in sorted.iter().enumerate() {
            #[expect(clippy::cast_possible_truncation, reason = "fewer than 2^32 vectors")]
            {
                order[*index] = position as u32;
            }
        }
        let vectors = sorted.into_iter().map(|(vector, _)| vector).collect();
        (symbols, vectors, order)
    }

    fn from_stored(stored: Stored) -> Self {
        let Stored { symbols, vectors, base, cells, exemplars } = stored;
        // Bytes that were overwritten may hold one twice.
        let vectors: IndexSet<Vector, FxBuildHasher> = vectors.into_iter().collect();
        let known = vectors.len();
        let cell = |vector: u32, metric: u8, minute: i32| {
            let metric = Metric::of_number(metric)?;
            ((vector as usize) < known).then(|| Cell {
                minute: Minute(base.wrapping_add(minute)),
                metric,
                vector,
            })
        };
        let mut by_metric: BTreeMap<Metric, FxHashMap<Place, Amount>> = BTreeMap::new();
        for (vector, metric, minute, sum, count, sketch) in cells {
            let Some(Cell { minute, metric, vector }) = cell(vector, metric, minute) else {
                continue;
            };
            let cells = by_metric.entry(metric).or_default();
            cells.insert((minute, vector), Amount { sum, count, sketch });
        }
        Self {
            symbols,
            vectors,
            cells: by_metric,
            exemplars: exemplars
                .into_iter()
                .filter_map(|(vector, metric, minute, conversation, count, badness)| {
                    let key = (cell(vector, metric, minute)?, conversation);
                    Some((key, Exemplar { count, badness }))
                })
                .collect(),
        }
    }
}

fn row_key(cell: Cell, order: &[u32], base: i32) -> (u32, u8, i32) {
    (order[cell.vector as usize], cell.metric as u8, cell.minute.0.wrapping_sub(base))
}

fn deflate(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
    encoder.write_all(&plain[1..])?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_is_stored_twice_is_one_and_nothing_refers_beyond() {
        let mut symbols = Symbols::default();
        let vector = [symbols.intern("chat"); crate::dimension::WIDTH];
        let row = |vector, minute| (vector, 0, minute, 1, 1, Sketch::default());
        let stored = Stored {
            symbols,
            vectors: vec![vector, vector],
            base: i32::MAX,
            cells: vec![row(0, 0), row(1, 0), row(0, 1)],
            exemplars: Vec::new(),
        };
        let bytes = postcard::to_extend(&stored, vec![PLAIN]).unwrap();
        let read = Sums::decode(&bytes).unwrap();
        assert_eq!(read.iter().count(), 2);
        assert_eq!(Sums::decode(&read.encode()).unwrap().encode(), read.encode());
    }
}
