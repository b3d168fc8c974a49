//! Seeded choices: the same seed makes the same texts on every machine.

/// `SplitMix64`, by Steele, Lea and Flood.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both of them possible.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.between(1, 100) <= chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let last = u64::try_from(items.len()).unwrap() - 1;
        items[usize::try_from(self.between(0, last)).unwrap()]
    }

    /// A shape filled in: `#` becomes a digit, `%` one that is not 0, `@` a capital, `?` a small
    /// letter, `&` a hexadecimal digit; the rest stays.
    pub(crate) fn fill(&mut self, shape: &str) -> String {
        let letter = |dice: &mut Self, first: u8, n: u64| {
            char::from(first + u8::try_from(dice.between(0, n - 1)).unwrap())
        };
        shape
            .chars()
            .map(|slot| match slot {
                '#' => letter(self, b'0', 10),
                '%' => letter(self, b'1', 9),
                '@' => letter(self, b'A', 26),
                '?' => letter(self, b'a', 26),
                '&' => self.pick(&[
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
                ]),
                other => other,
            })
            .collect()
    }
}
