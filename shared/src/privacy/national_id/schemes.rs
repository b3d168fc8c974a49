//! The schemes of some thirty countries: how their numbers are made and checked.

use super::{
    candidate::Candidate,
    check_digits::{digits, ean, is_date, luhn, mod_11_10, number, verhoeff, weighted},
};

/// How much the form of a number says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Hardly anything else is written like this.
    Distinctive,
    /// It passes a scheme's checks, as other numbers may by chance.
    Checked,
}

use Form::{Checked, Distinctive};

/// What this number is by its form, if any scheme knows it.
pub(super) fn form(number: &Candidate) -> Option<Form> {
    let chars = number.chars();
    let (groups, marks) = (number.groups(), number.separators());
    let n_digits = number.digits();
    if n_digits == chars.len() {
        return all_digits(number, chars, groups, marks);
    }
    lettered(chars, number)
}

fn all_digits(number: &Candidate, chars: &[u8], groups: &[u8], marks: &[u8]) -> Option<Form> {
    let single = groups.len() == 1;
    let grouped = |pattern: &[u8]| groups == pattern && number.is_even();
    let dashed = |pattern: &[u8]| groups == pattern && marks.iter().all(|mark| *mark == b'-');
    match chars.len() {
        9 if is_ssn(chars) && dashed(&[3, 2, 4]) => Some(Distinctive),
        9 if is_ssn(chars) && grouped(&[3, 2, 4]) => Some(Checked),
        9 if grouped(&[6, 3]) && marks == *b"/" => is_czech(chars).then_some(Distinctive),
        9 if single || number.is_even() => is_nine(chars).then_some(Checked),
        10 if groups == [6, 4] && matches!(marks, [b'-' | b'+']) => match () {
            () if is_swedish(chars) || is_hetu(chars, number) => Some(Distinctive),
            () if is_date(&chars[..2], &chars[2..4]) => Some(Checked), // Denmark
            () => None,
        },
        10 if groups == [6, 4] && marks == *b"/" => is_czech(chars).then_some(Distinctive),
        10 => (is_nhs(chars) || is_austrian(chars) || is_swedish(chars)).then_some(Checked),
        11 => eleven(chars, groups, marks),
        12 if is_aadhaar(chars) => Some(if grouped(&[4, 4, 4]) { Distinctive } else { Checked }),
        12 if is_swedish(&chars[2..]) && matches!(&chars[..2], b"19" | b"20") => {
            Some(if marks == *b"-" { Distinctive } else { Checked })
        }
        12 => is_my_number(chars).then_some(Checked),
        13 if chars.starts_with(b"756") && ean(chars) => Some(Distinctive),
        13 if groups == [6, 7] && marks == *b"-" => is_korean(chars).then_some(Distinctive),
        13 => is_south_african(chars).then_some(Checked),
        15 => is_french(chars).then_some(Distinctive),
        18 => is_chinese(chars).then_some(Distinctive),
        _ => None,
    }
}

/// Numbers of eleven digits, told apart by grouping and check digits.
fn eleven(chars: &[u8], groups: &[u8], marks: &[u8]) -> Option<Form> {
    if is_belgian(chars) {
        let printed = matches!(groups, [11] | [6, 5] | [6, 3, 2] | [2, 2, 2, 3, 2]);
        return Some(if printed { Distinctive } else { Checked });
    }
    if is_cpf(chars) {
        return Some(if groups == [3, 3, 3, 2] { Distinctive } else { Checked });
    }
    if is_norwegian(chars) {
        return Some(if groups == [6, 5] { Distinctive } else { Checked });
    }
    if is_german_tax(chars) {
        let printed = groups == [2, 3, 3, 3] && marks.iter().all(|mark| *mark == b' ');
        return Some(if printed { Distinctive } else { Checked });
    }
    (is_pesel(chars) || is_turkish(chars)).then_some(Checked)
}

fn lettered(chars: &[u8], number: &Candidate) -> Option<Form> {
    let distinctive = match chars.len() {
        9 => is_nino(chars) || is_spanish(chars) || is_singapore(chars),
        10 => (is_pan(chars) && number.groups().len() == 1) || is_hetu(chars, number),
        11 => is_hetu(chars, number),
        12 => is_german_pension(chars),
        15 => is_corsican(chars),
        16 => is_codice_fiscale(chars),
        18 => is_chinese(chars) || is_curp(chars),
        _ => false,
    };
    if distinctive { Some(Distinctive) } else { is_ppsn(chars).then_some(Checked) }
}

fn are_digits(chars: &[u8]) -> bool {
    chars.iter().all(u8::is_ascii_digit)
}

fn are_letters(chars: &[u8]) -> bool {
    chars.iter().all(u8::is_ascii_alphabetic)
}

/// United States: social security and taxpayer numbers. Areas 000, 666, group 00 and serial 0000 are
/// not given out; areas from 900 on are of taxpayers.
fn is_ssn(chars: &[u8]) -> bool {
    let (area, group, serial) = (number(&chars[..3]), number(&chars[3..5]), number(&chars[5..]));
    let taxpayer = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    !matches!(area, 0 | 666) && (area < 900 || taxpayer) && group > 0 && serial > 0
}

/// Nine digits: Netherlands, Portugal, Canada, Australia.
fn is_nine(chars: &[u8]) -> bool {
    let dutch = digits(&chars[..8]).zip((2..=9).rev()).map(|(d, w)| d * w).sum::<u32>() + 11
        - u32::from(chars[8] - b'0');
    let portuguese = match weighted(chars, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    dutch.is_multiple_of(11)
        || portuguese == u32::from(chars[8] - b'0')
        || luhn(chars)
        || weighted(chars, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Czech Republic and Slovakia: women's months are raised by 50, series by 20; divisible by 11.
fn is_czech(chars: &[u8]) -> bool {
    let month = number(&chars[2..4]) % 50;
    let valid = (1..=12).contains(&(month % 20)) && (1..=31).contains(&number(&chars[4..6]));
    let all = number(chars);
    valid
        && (chars.len() == 9
            || all.is_multiple_of(11)
            || (number(&chars[..9]) % 11 == 10 && chars[9] == b'0'))
}

/// Sweden: a date (days of coordination numbers are raised by 60), Luhn.
fn is_swedish(chars: &[u8]) -> bool {
    let day = number(&chars[4..6]);
    (1..=12).contains(&number(&chars[2..4])) && (1..=31).contains(&(day % 60)) && luhn(chars)
}

/// United Kingdom, health service: weights 10 to 2 modulo 11.
fn is_nhs(chars: &[u8]) -> bool {
    let check = 11 - weighted(chars, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    check % 11 == u32::from(chars[9] - b'0') && check != 10
}

/// Austria: social insurance, with the date of birth at its end.
fn is_austrian(chars: &[u8]) -> bool {
    let check = weighted(chars, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
    check == u32::from(chars[3] - b'0') && is_date(&chars[4..6], &chars[6..8])
}

/// Belgium: a date, a counter, and 97 minus the rest modulo 97; a 2 is put before for those born
/// from 2000 on.
fn is_belgian(chars: &[u8]) -> bool {
    let (head, check) = (number(&chars[..9]), number(&chars[9..]));
    let month = number(&chars[2..4]) % 20;
    let valid = month <= 12 && number(&chars[4..6]) <= 31 && check > 0;
    valid && (97 - head % 97 == check || 97 - (2_000_000_000 + head) % 97 == check)
}

/// Brazil: two check digits modulo 11; eleven equal digits are none.
fn is_cpf(chars: &[u8]) -> bool {
    let check = |len: usize| {
        let weights = (2..=len + 1).rev().map(|weight| u32::try_from(weight).unwrap_or(0));
        let sum: u32 = digits(&chars[..len]).zip(weights).map(|(d, w)| d * w).sum();
        sum * 10 % 11 % 10 == u32::from(chars[len] - b'0')
    };
    chars.iter().any(|c| *c != chars[0]) && check(9) && check(10)
}

/// Norway: a date and two check digits modulo 11.
fn is_norwegian(chars: &[u8]) -> bool {
    let first = weighted(chars, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
    let second = weighted(chars, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    let day = number(&chars[..2]) % 40;
    let valid = (1..=31).contains(&day) && (1..=12).contains(&number(&chars[2..4]));
    valid && first.is_multiple_of(11) && second.is_multiple_of(11)
}

/// Germany: of the first ten digits one occurs twice or three times; MOD 11,10.
fn is_german_tax(chars: &[u8]) -> bool {
    let mut counts = [0; 10];
    digits(&chars[..10]).for_each(|digit| counts[digit as usize] += 1);
    let repeated = counts.iter().filter(|count| **count > 1).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    chars[0] != b'0' && repeated == 1 && most <= 3 && mod_11_10(chars)
}

/// Poland: a date whose month tells the century; weights 1, 3, 7, 9.
fn is_pesel(chars: &[u8]) -> bool {
    let month = number(&chars[2..4]) % 20;
    let valid = (1..=12).contains(&month) && (1..=31).contains(&number(&chars[4..6]));
    valid && weighted(chars, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Turkey: two check digits modulo 10.
fn is_turkish(chars: &[u8]) -> bool {
    let odd = weighted(chars, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let even = weighted(chars, &[0, 1, 0, 1, 0, 1, 0, 1]);
    let tenth = (odd * 7 + 100 - even) % 10;
    let eleventh = (odd + even + u32::from(chars[9] - b'0')) % 10;
    chars[0] != b'0'
        && tenth == u32::from(chars[9] - b'0')
        && eleventh == u32::from(chars[10] - b'0')
}

/// India: Verhoeff; the first digit is 2 or more.
fn is_aadhaar(chars: &[u8]) -> bool {
    chars[0] >= b'2' && verhoeff(chars)
}

/// Japan: weights 6 to 2 and 7 to 2, modulo 11.
fn is_my_number(chars: &[u8]) -> bool {
    let rest = weighted(chars, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest <= 1 { 0 } else { 11 - rest };
    check == u32::from(chars[11] - b'0')
}

/// South Korea: a date and the digit of sex and century.
fn is_korean(chars: &[u8]) -> bool {
    is_date(&chars[4..6], &chars[2..4]) && matches!(chars[6], b'1'..=b'8')
}

/// South Africa: a date, a digit of citizenship, Luhn.
fn is_south_african(chars: &[u8]) -> bool {
    is_date(&chars[4..6], &chars[2..4]) && matches!(chars[10], b'0'..=b'2') && luhn(chars)
}

/// France: sex, year, month, place of birth; the key is 97 minus the rest modulo 97.
fn is_french(chars: &[u8]) -> bool {
    let month = number(&chars[3..5]);
    let valid = matches!(chars[0], b'1' | b'2') && matches!(month, 1..=12 | 20..=42 | 50..=99);
    valid && 97 - number(&chars[..13]) % 97 == number(&chars[13..])
}

/// France, born in Corsica: `2A` counts as 19, `2B` as 18.
fn is_corsican(chars: &[u8]) -> bool {
    let mut numeric = [0; 15];
    numeric.copy_from_slice(chars);
    match &chars[5..7] {
        b"2A" => numeric[5..7].copy_from_slice(b"19"),
        b"2B" => numeric[5..7].copy_from_slice(b"18"),
        _ => return false,
    }
    are_digits(&numeric) && is_french(&numeric)
}

/// China: a date and a check character modulo 11.
fn is_chinese(chars: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    are_digits(&chars[..17])
        && matches!(&chars[6..8], b"19" | b"20")
        && is_date(&chars[12..14], &chars[10..12])
        && b"10X98765432"[weighted(chars, &WEIGHTS) as usize % 11] == chars[17]
}

/// United Kingdom, national insurance: letters that are in use, no check digit.
fn is_nino(chars: &[u8]) -> bool {
    let (first, second) = (chars[0], chars[1]);
    let unused: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    are_letters(&chars[..2])
        && !b"DFIQUV".contains(&first)
        && !b"DFIOQUV".contains(&second)
        && !unused.contains(&&chars[..2])
        && are_digits(&chars[2..8])
        && matches!(chars[8], b'A'..=b'D')
}

/// Spain: the letter is the number modulo 23; X, Y, Z of foreigners count as 0, 1, 2.
fn is_spanish(chars: &[u8]) -> bool {
    let first = match chars[0] {
        foreign @ b'X'..=b'Z' => foreign - b'X' + b'0',
        digit => digit,
    };
    first.is_ascii_digit() && are_digits(&chars[1..8]) && {
        let all = number(&[first]) * 10_000_000 + number(&chars[1..8]);
        b"TRWAGMYFPDXBNJZSQVHLCKE"[usize::try_from(all % 23).unwrap_or(0)] == chars[8]
    }
}

/// Singapore: weights and one of two rows of letters.
fn is_singapore(chars: &[u8]) -> bool {
    let (offset, row) = match chars[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        _ => return false,
    };
    are_digits(&chars[1..8]) && {
        let sum = weighted(&chars[1..8], &[2, 7, 6, 5, 4, 3, 2]) + offset;
        row[sum as usize % 11] == chars[8]
    }
}

/// India, permanent account number: the fourth letter says who, P a person.
fn is_pan(chars: &[u8]) -> bool {
    are_letters(&chars[..5])
        && are_digits(&chars[5..9])
        && are_letters(&chars[9..])
        && chars[3] == b'P'
}

/// Finland: a date, a sign of the century, and 31 check characters. The sign may be a letter or a
/// mark, which here is a separator.
fn is_hetu(chars: &[u8], written: &Candidate) -> bool {
    const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let serial = match (chars.len(), written.groups(), written.separators()) {
        (10, [6, 4], [b'-' | b'+']) => &chars[6..9],
        (11, [11], _) if b"ABCDEFYXWVU".contains(&chars[6]) => &chars[7..10],
        _ => return false,
    };
    let all = are_digits(&chars[..6]) && are_digits(serial);
    all && is_date(&chars[..2], &chars[2..4]) && {
        let rest = (number(&chars[..6]) * 1000 + number(serial)) % 31;
        Some(&CHECKS[usize::try_from(rest).unwrap_or(0)]) == chars.last()
    }
}

/// Germany, pension insurance: a date in the middle, the letter counts as two digits.
fn is_german_pension(chars: &[u8]) -> bool {
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    if !are_digits(&chars[..8]) || !chars[8].is_ascii_uppercase() || !are_digits(&chars[9..]) {
        return false;
    }
    let letter = chars[8] - b'A' + 1;
    let mut numeric = [0; 12];
    numeric[..8].copy_from_slice(&chars[..8]);
    numeric[8..10].copy_from_slice(&[b'0' + letter / 10, b'0' + letter % 10]);
    numeric[10..].copy_from_slice(&chars[9..11]);
    let cross = |product: u32| product / 10 + product % 10;
    let sum: u32 = digits(&numeric).zip(WEIGHTS).map(|(digit, weight)| cross(digit * weight)).sum();
    (1..=12).contains(&number(&chars[4..6])) && sum % 10 == u32::from(chars[11] - b'0')
}

/// Italy: sixteen characters, of which the last checks the others by place and value.
fn is_codice_fiscale(chars: &[u8]) -> bool {
    /// Values at odd places of 0 to 9, and of A to J; the others follow.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let value = |c: u8| usize::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' });
    let shape = are_letters(&chars[..6])
        && b"ABCDEHLMPRST".contains(&chars[8])
        && are_letters(&chars[11..12])
        && are_letters(&chars[15..])
        && chars.iter().all(u8::is_ascii_alphanumeric);
    shape && {
        let sum = chars[..15].iter().enumerate().map(|(place, c)| match place % 2 {
            0 => ODD[value(*c)],
            _ => u32::try_from(value(*c)).unwrap_or(0),
        });
        sum.sum::<u32>() % 26 == u32::from(chars[15] - b'A')
    }
}

/// Mexico: a name's letters, a date, sex, state, and a check digit modulo 10.
fn is_curp(chars: &[u8]) -> bool {
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'N' => u32::from(c - b'A') + 10,
        _ => u32::from(c - b'A') + 11,
    };
    let shape = are_letters(&chars[..4])
        && are_digits(&chars[4..10])
        && is_date(&chars[8..10], &chars[6..8])
        && matches!(chars[10], b'H' | b'M' | b'X')
        && are_letters(&chars[11..16])
        && chars[17].is_ascii_digit();
    shape && {
        let sum: u32 = chars[..17].iter().zip((2..=18).rev()).map(|(c, w)| value(*c) * w).sum();
        (10 - sum % 10) % 10 == u32::from(chars[17] - b'0')
    }
}

/// Ireland: seven digits, modulo 23 with a second letter of weight 9.
fn is_ppsn(chars: &[u8]) -> bool {
    matches!(chars.len(), 8 | 9) && are_digits(&chars[..7]) && are_letters(&chars[7..]) && {
        let second = chars.get(8).map_or(0, |c| u32::from(c - b'A') + 1);
        let sum = weighted(chars, &[8, 7, 6, 5, 4, 3, 2]) + second * 9;
        let check = u8::try_from(sum % 23).unwrap_or(0);
        chars[7] == if check == 0 { b'W' } else { b'A' + check - 1 }
    }
}
