//! Interned strings: within one item, a dimension value is written once and referred to by number.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string of the [`Symbols`] table that stands beside it; meaningless with another table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Sym(u32);

impl Sym {
    /// No value: the dimension does not apply.
    pub const ABSENT: Self = Self(0);

    /// Position in the table.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether this is [`Sym::ABSENT`].
    pub fn is_absent(self) -> bool {
        self == Self::ABSENT
    }
}

/// A table of strings. Position 0 always holds the empty string, [`Sym::ABSENT`].
#[derive(Clone, Debug)]
pub struct Symbols(IndexSet<Box<str>, FxBuildHasher>);

impl Default for Symbols {
    fn default() -> Self {
        Self(std::iter::once(Box::from("")).collect())
    }
}

impl Symbols {
    /// The symbol of this text, added when it is new.
    pub fn intern(&mut self, text: &str) -> Sym {
        if let Some(index) = self.0.get_index_of(text) {
            return Self::at(index);
        }
        Self::at(self.0.insert_full(Box::from(text)).0)
    }

    /// The symbol of this text, if the table holds it.
    pub fn find(&self, text: &str) -> Option<Sym> {
        self.0.get_index_of(text).map(Self::at)
    }

    /// The text of a symbol; empty for one of another table.
    pub fn text(&self, symbol: Sym) -> &str {
        self.0.get_index(symbol.index()).map_or("", |text| text)
    }

    /// All texts, by position.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|text| &**text)
    }

    /// For each symbol of `other`, by position, the symbol of the same text here.
    pub fn absorb(&mut self, other: &Self) -> Vec<Sym> {
        other.iter().map(|text| self.intern(text)).collect()
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "an item holds far fewer than 2^32 strings"
    )]
    fn at(index: usize) -> Sym {
        Sym(index as u32)
    }
}

impl Serialize for Symbols {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().skip(1))
    }
}

impl<'de> Deserialize<'de> for Symbols {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<Box<str>>::deserialize(deserializer)?;
        Ok(Self(std::iter::once(Box::from("")).chain(texts).collect()))
    }
}
