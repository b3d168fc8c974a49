//! International bank account numbers.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["IBAN {}", "please refund to {} as agreed", "my account is {}", "I transferred from {} on Friday"]),
    (Language::German, &["IBAN: {}", "bitte auf {} überweisen", "mein Konto {} wurde belastet"]),
    (Language::French, &["IBAN {}", "remboursez sur {} svp", "mon compte {} a été débité"]),
    (Language::Spanish, &["IBAN {}", "devuelvan a {} por favor", "mi cuenta {} fue cargada"]),
    (Language::Italian, &["IBAN {}", "rimborsate su {} per favore", "il mio conto {} è stato addebitato"]),
    (Language::Portuguese, &["IBAN {}", "reembolsem para {} por favor", "a minha conta {} foi debitada"]),
    (Language::Dutch, &["IBAN {}", "graag terugstorten op {} alstublieft", "mijn rekening {} is belast"]),
];

/// 98 minus the rest of the number, letters read as two digits, with 00 for the check digits.
fn check_digits(country: &str, account: &str) -> u32 {
    let spelled: String = format!("{account}{country}00")
        .chars()
        .map(|c| c.to_digit(36).unwrap().to_string())
        .collect();
    let rest = spelled.bytes().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    98 - rest
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let (country, shape) = dice.pick(&[
        ("DE", "##################"),
        ("GB", "@@@@##############"),
        ("FR", "##########@#########@##"),
        ("ES", "####################"),
        ("IT", "@######################"),
        ("PT", "#####################"),
        ("NL", "@@@@##########"),
        ("BE", "############"),
        ("AT", "################"),
        ("CH", "#################"),
        ("PL", "########################"),
    ]);
    let account = dice.fill(shape);
    let plain = format!("{country}{:02}{account}", check_digits(country, &account));
    let separator = dice.pick(&["", " ", " ", "-"]);
    let groups: Vec<String> =
        plain.chars().collect::<Vec<_>>().chunks(4).map(|group| group.iter().collect()).collect();
    let value = groups.join(separator);
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    Text::write(dice, language, template, &value).recased(dice)
}
