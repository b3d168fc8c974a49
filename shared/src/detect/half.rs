//! Half-precision numbers (IEEE 754 binary16): two bytes for each slot of a profile.
//!
//! A detector keeps in memory what it stores, so a restored state scores exactly like the one that
//! was saved. Values are finite: what exceeds the range is clamped to it.

use serde::{Deserialize, Serialize};

/// Largest finite value.
pub(super) const LARGEST: f64 = 65504.0;
/// 2^-24, the step of the smallest (subnormal) values.
const SMALLEST_STEP: f64 = 1.0 / 16_777_216.0;

/// 2^-14.
const SMALLEST_NORMAL: f64 = 1.0 / 16_384.0;

/// A finite number in two bytes, with 11 significant bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Half([u8; 2]);

impl Half {
    /// The nearest representable number; ties go to the even one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "exponent 0..=30 and significand 0..=2048 by construction"
    )]
    pub(super) fn of(value: f64) -> Self {
        let sign = u16::from(value.is_sign_negative()) << 15;
        let size = value.abs().min(LARGEST);
        // A normal number of this exponent has steps of 2^(exponent - 11); below, steps stay equal.
        let exponent = if size < SMALLEST_NORMAL { -13 } else { libm::frexp(size).1 };
        let steps = libm::rint(libm::ldexp(size, 11 - exponent)) as u16;
        // A significand of 2048 carries into the exponent, as the format intends.
        let bits = (((exponent + 13) as u16) << 10) + steps;
        Self((sign | bits.min(0x7bff)).to_le_bytes())
    }

    /// The number.
    pub(super) fn value(self) -> f64 {
        let bits = u16::from_le_bytes(self.0);
        let exponent = i32::from(bits >> 10 & 0x1f);
        let fraction = f64::from(bits & 0x3ff);
        let size = if exponent == 0 {
            fraction * SMALLEST_STEP
        } else {
            libm::ldexp(fraction + 1024.0, exponent - 25)
        };
        if bits >> 15 == 1 { -size } else { size }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_kept_to_eleven_bits(value in -60_000.0..60_000.0_f64) {
            let error = (Half::of(value).value() - value).abs();
            prop_assert!(error <= (value.abs() / 2048.0).max(SMALLEST_STEP / 2.0));
        }

        #[test]
        fn every_finite_pattern_is_its_own_nearest(bits in 0..0x7c00_u16, negative: bool) {
            let half = Half((bits | u16::from(negative) << 15).to_le_bytes());
            prop_assert_eq!(Half::of(half.value()), half);
        }
    }

    #[test]
    fn what_exceeds_the_range_is_clamped() {
        for value in [1e9, 65_520.0, f64::INFINITY] {
            assert_eq!(Half::of(value), Half::of(LARGEST), "{value}");
            assert_eq!(Half::of(-value), Half::of(-LARGEST), "{value}");
        }
    }
}
