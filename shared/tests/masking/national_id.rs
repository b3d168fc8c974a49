//! Identity numbers of states. Check digits are found by trying, so that no formula is shared.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

/// A scheme: the words that announce it, and a maker.
type Scheme = (&'static [&'static str], fn(&mut Dice) -> String);

#[rustfmt::skip]
fn schemes(language: Language) -> &'static [Scheme] {
    match language {
        Language::English => &[
            (&["My SSN is {}", "social security number: {}", "ssn {} please check", "!It says {} on my tax form", "The last form had SSN {}", "Social Security No. {}"], ssn),
            (&["My national insurance number is {}", "NINO {}", "NI number {}", "my NI no: {}", "!my number is {} if that helps"], nino),
            (&["my SIN is {}", "SIN: {}", "social insurance number {}", "Social Insurance No. {}"], sin),
            (&["my TFN is {}", "tax file number {}", "TFN: {} on the letter"], tfn),
            (&["Aadhaar number {}", "Aadhar no. {}", "UIDAI Aadhaar: {}", "my aadhaar is {}", "!verified with {} already"], aadhaar),
            (&["my personnummer is {}", "!The Swedish form wants {} there"], personnummer),
            (&["my Finnish identity code is {}", "!I wrote {} on it"], hetu),
            (&["PESEL {}", "my PESEL number is {}"], pesel),
            (&["passport number {}", "my passport is {} and it expired", "Passport no. {}", "Passport: {}", "my driving licence is {}"], passport),
        ],
        Language::German => &[
            (&["Meine Steuer-ID lautet {}", "Steueridentifikationsnummer: {}", "IdNr. {}", "Steuernummer {}", "meine Steuer-Identifikationsnummer ist {}", "die Steuer-ID {} stimmt nicht"], steuer_id),
            (&["Meine AHV-Nummer ist {}", "AHV {}", "AHV-Nr. {}", "Sozialversicherungsnummer: {}", "!auf dem Ausweis steht {} drauf"], ahv),
            (&["Sozialversicherungsnummer {}", "meine Versicherungsnummer ist {}"], austrian),
            (&["Reisepass {}", "Meine Passnummer lautet {}", "Personalausweis: {}", "Ausweisnummer {}", "mein Reisepass hat die Nummer {}"], passport),
        ],
        Language::French => &[
            (&["Mon numéro de sécurité sociale est {}", "n° sécu {}", "NIR : {}", "sécurité sociale : {}", "numéro INSEE {}", "!mon identifiant {} est refusé"], nir),
            (&["mon numéro national est {}", "NISS {}", "registre national : {}", "!le registre indique {} chez vous"], belgian),
            (&["mon numéro AVS est {}", "AVS : {}"], ahv),
            (&["passeport {}", "mon passeport porte le numéro {}"], passport),
        ],
        Language::Spanish => &[
            (&["Mi DNI es {}", "DNI: {}", "con DNI {} desde 2019", "NIF {}", "mi número de DNI es {}", "documento de identidad {}", "!Titular con {} de siempre"], dni),
            (&["mi NIE es {}", "NIE {}", "!me pidieron {} otra vez"], nie),
            (&["mi CURP es {}", "CURP: {}"], curp),
            (&["mi pasaporte es {}", "pasaporte número {}"], passport),
        ],
        Language::Italian => &[
            (&["Il mio codice fiscale è {}", "codice fiscale: {}", "CF {}", "C.F.: {}", "cod. fiscale {}", "!intestato a {} come sempre"], codice_fiscale),
            (&["passaporto {}", "il mio passaporto è {}"], passport),
        ],
        Language::Portuguese => &[
            (&["O meu CPF é {}", "CPF: {}", "CPF {} do titular", "CPF nº {}", "o CPF do titular é {}", "!cadastrado com {} desde maio"], cpf),
            (&["o meu NIF é {}", "NIF: {}", "número de contribuinte {}", "contribuinte nº {}"], nif),
            (&["passaporte {}", "o meu passaporte é o {}"], passport),
        ],
        Language::Dutch => &[
            (&["Mijn BSN is {}", "BSN: {}", "burgerservicenummer {}", "sofinummer {}", "burgerservicenummer (BSN): {}", "mijn BSN-nummer is {}"], bsn),
            (&["mijn rijksregisternummer is {}", "rijksregisternummer: {}", "rijksregister {}", "!op de kaart staat {} gedrukt"], belgian),
            (&["paspoort {}", "mijn paspoortnummer is {}"], passport),
        ],
    }
}

/// Numbers of this shape until one passes.
fn until(dice: &mut Dice, shape: &str, passes: impl Fn(&str) -> bool) -> String {
    loop {
        let number = dice.fill(shape);
        if passes(&number) {
            return number;
        }
    }
}

fn digit(number: &str, place: usize) -> u64 {
    u64::from(number.as_bytes()[place] - b'0')
}

fn value(number: &str) -> u64 {
    number.bytes().filter(u8::is_ascii_digit).fold(0, |value, b| value * 10 + u64::from(b - b'0'))
}

/// Puts separators behind so many digits.
fn grouped(number: &str, groups: &[usize], separator: &str) -> String {
    let mut rest = number;
    let mut parts = Vec::new();
    for len in groups {
        let (part, tail) = rest.split_at(*len);
        parts.push(part);
        rest = tail;
    }
    parts.join(separator)
}

fn date(dice: &mut Dice) -> (u64, u64, u64) {
    (dice.between(40, 99), dice.between(1, 12), dice.between(1, 28))
}

fn doubled(digit: u64) -> u64 {
    let twice = 2 * digit;
    twice / 10 + twice % 10
}

fn ssn(dice: &mut Dice) -> String {
    let area = dice.between(1, 665);
    format!("{area:03}-{:02}-{:04}", dice.between(1, 99), dice.between(1, 9999))
}

fn nino(dice: &mut Dice) -> String {
    let letters = dice.pick(&["AB", "CE", "JK", "HT", "PW", "YA", "ML"]);
    let last = dice.pick(&["A", "B", "C", "D"]);
    let shape = dice.pick(&["######", " ## ## ## "]);
    format!("{letters}{}{last}", dice.fill(shape))
}

fn sin(dice: &mut Dice) -> String {
    let number = until(dice, "%########", |number| {
        let sum = (0..9).map(|place| {
            if place % 2 == 1 { doubled(digit(number, place)) } else { digit(number, place) }
        });
        sum.sum::<u64>() % 10 == 0
    });
    let separator = dice.pick(&[" ", "-", ""]);
    grouped(&number, &[3, 3, 3], separator)
}

fn tfn(dice: &mut Dice) -> String {
    let weights = [1, 4, 3, 7, 5, 8, 6, 9, 10];
    let number = until(dice, "%########", |number| {
        (0..9).map(|place| digit(number, place) * weights[place]).sum::<u64>() % 11 == 0
    });
    let separator = dice.pick(&[" ", ""]);
    grouped(&number, &[3, 3, 3], separator)
}

/// Verhoeff by his two tables, as published.
fn aadhaar(dice: &mut Dice) -> String {
    const TIMES: [&str; 10] = [
        "0123456789",
        "1234067895",
        "2340178956",
        "3401289567",
        "4012395678",
        "5987604321",
        "6598710432",
        "7659821043",
        "8765932104",
        "9876543210",
    ];
    const TURN: [&str; 8] = [
        "0123456789",
        "1576283094",
        "5803796142",
        "8916043527",
        "9453126870",
        "4286573901",
        "2793806415",
        "7046913258",
    ];
    let at = |row: &str, place: u64| digit(row, usize::try_from(place).unwrap());
    let mut number = until(dice, "%###########", |number| {
        let check = (0..12).rev().enumerate().fold(0, |check, (turn, place)| {
            let turned = at(TURN[turn % 8], digit(number, place));
            at(TIMES[usize::try_from(check).unwrap()], turned)
        });
        check == 0 && !number.starts_with('1')
    });
    if dice.percent(60) {
        number = grouped(&number, &[4, 4, 4], " ");
    }
    number
}

fn personnummer(dice: &mut Dice) -> String {
    let (year, month, day) = date(dice);
    let head = format!("{year:02}{month:02}{day:02}");
    let tail = until(dice, "####", |tail| {
        let number = format!("{head}{tail}");
        let sum = (0..10).map(|place| {
            if place % 2 == 0 { doubled(digit(&number, place)) } else { digit(&number, place) }
        });
        sum.sum::<u64>() % 10 == 0
    });
    format!("{}{head}-{tail}", dice.pick(&["", "19"]))
}

fn hetu(dice: &mut Dice) -> String {
    let (year, month, day) = date(dice);
    let (head, serial) = (format!("{day:02}{month:02}{year:02}"), dice.fill("%##"));
    let check = usize::try_from(value(&format!("{head}{serial}")) % 31).unwrap();
    let mark = dice.pick(&["-", "-", "A", "Y"]);
    let letter = "0123456789ABCDEFHJKLMNPRSTUVWXY".chars().nth(check).unwrap();
    format!("{head}{mark}{serial}{letter}")
}

fn pesel(dice: &mut Dice) -> String {
    let (year, month, day) = date(dice);
    let head = format!("{year:02}{month:02}{day:02}");
    let weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
    let tail = until(dice, "#####", |tail| {
        let number = format!("{head}{tail}");
        (0..11).map(|place| digit(&number, place) * weights[place]).sum::<u64>() % 10 == 0
    });
    head + &tail
}

fn passport(dice: &mut Dice) -> String {
    let shape = dice.pick(&["C0%X##T#%", "@########", "@@#######", "#########", "##@@#####"]);
    dice.fill(shape)
}

fn steuer_id(dice: &mut Dice) -> String {
    let number = until(dice, "%##########", |number| {
        let times = |d: u64| (0..10).filter(|place| digit(number, *place) == d).count();
        let counts: Vec<_> = (0..10).map(times).filter(|n| *n > 1).collect();
        let mut product = 10;
        for place in 0..10 {
            let sum = match (digit(number, place) + product) % 10 {
                0 => 10,
                sum => sum,
            };
            product = sum * 2 % 11;
        }
        counts.len() == 1 && counts[0] <= 3 && (11 - product) % 10 == digit(number, 10)
    });
    if dice.percent(50) { grouped(&number, &[2, 3, 3, 3], " ") } else { number }
}

fn ahv(dice: &mut Dice) -> String {
    let number = until(dice, "756##########", |number| {
        let sum = (0..13).map(|place| digit(number, place) * [1, 3][place % 2]);
        sum.sum::<u64>() % 10 == 0
    });
    let separator = dice.pick(&[".", ".", ""]);
    grouped(&number, &[3, 4, 4, 2], separator)
}

fn austrian(dice: &mut Dice) -> String {
    let (year, month, day) = date(dice);
    let birth = format!("{day:02}{month:02}{year:02}");
    let weights = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
    let head = until(dice, "%###", |head| {
        let number = format!("{head}{birth}");
        let sum = (0..10).map(|place| digit(&number, place) * weights[place]).sum::<u64>();
        sum % 11 == digit(&number, 3)
    });
    format!("{head}{}{birth}", dice.pick(&["", " "]))
}

fn nir(dice: &mut Dice) -> String {
    let sex = dice.pick(&["1", "2"]);
    let (year, month, _) = date(dice);
    let place = dice.between(1, 95);
    let head = format!("{sex}{year:02}{month:02}{place:02}{}", dice.fill("%#####"));
    let key = 97 - value(&head) % 97;
    let number = format!("{head}{key:02}");
    if dice.percent(50) { grouped(&number, &[1, 2, 2, 2, 3, 3, 2], " ") } else { number }
}

fn belgian(dice: &mut Dice) -> String {
    let (year, month, day) = date(dice);
    let head = format!("{year:02}{month:02}{day:02}{}", dice.fill("%##"));
    let number = format!("{head}{:02}", 97 - value(&head) % 97);
    if dice.percent(60) {
        let (birth, rest) = number.split_at(6);
        format!("{}-{}", grouped(birth, &[2, 2, 2], "."), grouped(rest, &[3, 2], "."))
    } else {
        number
    }
}

const SPANISH: &str = "TRWAGMYFPDXBNJZSQVHLCKE";

fn dni(dice: &mut Dice) -> String {
    let number = dice.fill("%#######");
    let letter = SPANISH.chars().nth(usize::try_from(value(&number) % 23).unwrap()).unwrap();
    format!("{number}{}{letter}", dice.pick(&["", "", "-", " "]))
}

fn nie(dice: &mut Dice) -> String {
    let (first, lead) = dice.pick(&[("X", "0"), ("Y", "1"), ("Z", "2")]);
    let number = dice.fill("#######");
    let rest = value(&format!("{lead}{number}")) % 23;
    let letter = SPANISH.chars().nth(usize::try_from(rest).unwrap()).unwrap();
    let dash = dice.pick(&["", "-"]);
    format!("{first}{dash}{number}{dash}{letter}")
}

fn curp(dice: &mut Dice) -> String {
    const ORDER: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let (year, month, day) = date(dice);
    let sex = dice.pick(&["H", "M"]);
    let head =
        format!("{}{year:02}{month:02}{day:02}{sex}{}", dice.fill("@@@@"), dice.fill("@@@@@#"));
    let sum: usize = head
        .chars()
        .enumerate()
        .map(|(place, c)| ORDER.chars().position(|o| o == c).unwrap() * (18 - place))
        .sum();
    format!("{head}{}", (10 - sum % 10) % 10)
}

/// The published tables of odd and even places.
fn codice_fiscale(dice: &mut Dice) -> String {
    const ODD: [(&str, usize); 36] = [
        ("0", 1),
        ("1", 0),
        ("2", 5),
        ("3", 7),
        ("4", 9),
        ("5", 13),
        ("6", 15),
        ("7", 17),
        ("8", 19),
        ("9", 21),
        ("A", 1),
        ("B", 0),
        ("C", 5),
        ("D", 7),
        ("E", 9),
        ("F", 13),
        ("G", 15),
        ("H", 17),
        ("I", 19),
        ("J", 21),
        ("K", 2),
        ("L", 4),
        ("M", 18),
        ("N", 20),
        ("O", 11),
        ("P", 3),
        ("Q", 6),
        ("R", 8),
        ("S", 12),
        ("T", 14),
        ("U", 16),
        ("V", 10),
        ("W", 22),
        ("X", 25),
        ("Y", 24),
        ("Z", 23),
    ];
    let (year, _, day) = date(dice);
    let month = dice.pick(&["A", "B", "C", "D", "E", "H", "L", "M", "P", "R", "S", "T"]);
    let day = day + dice.pick(&[0, 40]);
    let head = format!("{}{year:02}{month}{day:02}{}", dice.fill("@@@@@@"), dice.fill("@###"));
    let sum: usize = head
        .char_indices()
        .map(|(place, c)| match place % 2 {
            0 => ODD.iter().find(|(of, _)| of.starts_with(c)).unwrap().1,
            _ => {
                usize::try_from(c.to_digit(36).unwrap()).unwrap()
                    - if c.is_alphabetic() { 10 } else { 0 }
            }
        })
        .sum();
    format!("{head}{}", char::from(b'A' + u8::try_from(sum % 26).unwrap()))
}

fn cpf(dice: &mut Dice) -> String {
    let number = until(dice, "###########", |number| {
        let rest = |len: usize| {
            let sum: u64 =
                (0..len).map(|at| digit(number, at) * (len as u64 + 1 - at as u64)).sum();
            if sum % 11 < 2 { 0 } else { 11 - sum % 11 }
        };
        rest(9) == digit(number, 9) && rest(10) == digit(number, 10)
    });
    format!("{}-{}", grouped(&number[..9], &[3, 3, 3], "."), &number[9..])
}

fn nif(dice: &mut Dice) -> String {
    let number = until(dice, "2########", |number| {
        let sum: u64 = (0..8).map(|at| digit(number, at) * (9 - at as u64)).sum();
        let check = if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
        check == digit(number, 8)
    });
    let separator = dice.pick(&["", " "]);
    grouped(&number, &[3, 3, 3], separator)
}

fn bsn(dice: &mut Dice) -> String {
    let number = until(dice, "%########", |number| {
        let sum: u64 = (0..8).map(|at| digit(number, at) * (9 - at as u64)).sum();
        sum % 11 == digit(number, 8)
    });
    let separator = dice.pick(&["", "", "."]);
    grouped(&number, &[4, 2, 3], separator)
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let (templates, make) = dice.pick(schemes(language));
    let template = dice.pick(templates);
    let mut value = make(dice);
    // Without a word that tells, people write such a number as it is printed, with its marks.
    if template.starts_with('!') {
        let told =
            |value: &str| value.contains(['-', '.', ' ']) || value.contains(char::is_alphabetic);
        while !told(&value) {
            value = make(dice);
        }
    }
    Text::write(dice, language, template.trim_start_matches('!'), &value).recased(dice)
}
