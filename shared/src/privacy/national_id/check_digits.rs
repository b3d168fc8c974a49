//! The arithmetic of check digits.

/// Digits as numbers.
pub(super) fn digits(chars: &[u8]) -> impl DoubleEndedIterator<Item = u32> + Clone {
    chars.iter().map(|c| u32::from(c.wrapping_sub(b'0')))
}

/// The sum of digits times weights, as far as both go.
pub(super) fn weighted(chars: &[u8], weights: &[u32]) -> u32 {
    digits(chars).zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The number that digits make.
pub(super) fn number(chars: &[u8]) -> u64 {
    digits(chars).fold(0, |number, digit| number * 10 + u64::from(digit))
}

/// ISO/IEC 7812: every second digit from the right counts double.
pub(super) fn luhn(chars: &[u8]) -> bool {
    let weigh = |(place, digit): (usize, u32)| match (place % 2, digit) {
        (0, digit) => digit,
        (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
    };
    digits(chars).rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// ISO 7064, MOD 11,10, as on German tax numbers.
pub(super) fn mod_11_10(chars: &[u8]) -> bool {
    let Some((last, first)) = chars.split_last() else { return false };
    let product = digits(first).fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(last - b'0')
}

/// Verhoeff's scheme over the dihedral group of the pentagon.
pub(super) fn verhoeff(chars: &[u8]) -> bool {
    /// The permutation that is applied once for each place.
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |place: usize, digit: u32| {
        (0..place % 8).fold(digit, |digit, _| PERMUTATION[digit as usize])
    };
    // Rotations are 0 to 4, reflections 5 to 9.
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (5 + a - b) % 5,
    };
    let places = digits(chars).rev().enumerate();
    places.fold(0, |check, (place, digit)| product(check, permuted(place, digit))) == 0
}

/// EAN-13: weights 1 and 3 in turn.
pub(super) fn ean(chars: &[u8]) -> bool {
    let weigh = |(place, digit): (usize, u32)| digit * if place % 2 == 0 { 1 } else { 3 };
    digits(chars).enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}

/// Whether day and month can be those of a date.
pub(super) fn is_date(day: &[u8], month: &[u8]) -> bool {
    (1..=31).contains(&number(day)) && (1..=12).contains(&number(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_check_and_no_digit_of_them_can_be_changed() {
        check(luhn, "046454286");
        check(mod_11_10, "86095742719");
        check(verhoeff, "234123412346");
        check(ean, "7569217076985");
    }

    #[track_caller]
    fn check(checks: fn(&[u8]) -> bool, number: &str) {
        assert!(checks(number.as_bytes()), "{number}");
        for place in 0..number.len() {
            let mut other = number.as_bytes().to_vec();
            other[place] = b'0' + (other[place] - b'0' + 1) % 10;
            assert!(!checks(&other), "{number} at {place}");
        }
    }
}
