//! Numbers of payment cards.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["My card number is {}", "card {}, expiry 04/27", "charge {} please", "I paid with {} yesterday", "pan={}|"]),
    (Language::German, &["Meine Kartennummer lautet {}", "Karte {} gültig bis 04/27", "Bitte {} belasten", "bezahlt mit {} am Montag"]),
    (Language::French, &["Le numéro de ma carte est {}", "carte {} expirant 04/27", "j'ai payé avec {} hier"]),
    (Language::Spanish, &["El número de mi tarjeta es {}", "tarjeta {} caduca 04/27", "pagué con {} ayer"]),
    (Language::Italian, &["Il numero della carta è {}", "carta {} scadenza 04/27", "ho pagato con {} ieri"]),
    (Language::Portuguese, &["O número do cartão é {}", "cartão {} validade 04/27", "paguei com {} ontem"]),
    (Language::Dutch, &["Mijn kaartnummer is {}", "kaart {} geldig tot 04/27", "betaald met {} gisteren"]),
];

/// The digit that makes the sum of the number and its doubled digits end in 0.
fn check_digit(head: &str) -> u32 {
    let sum: u32 = head
        .chars()
        .rev()
        .enumerate()
        .map(|(place, c)| {
            let digit = c.to_digit(10).unwrap();
            if place % 2 == 0 { [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit as usize] } else { digit }
        })
        .sum();
    (10 - sum % 10) % 10
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let shape = dice.pick(&[
        "4##############",
        "51#############",
        "54#############",
        "2470###########",
        "37############",
        "34############",
        "6011###########",
        "3530###########",
        "3056#########",
    ]);
    let head = dice.fill(shape);
    let number = format!("{head}{}", check_digit(&head));
    let separator = dice.pick(&["", "", " ", " ", "-", "\u{a0}"]);
    let groups: &[usize] = match number.len() {
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        _ => &[4, 4, 4, 4],
    };
    let mut rest = number.as_str();
    let mut parts = Vec::new();
    for len in groups {
        let (part, tail) = rest.split_at(*len);
        parts.push(part);
        rest = tail;
    }
    let value = parts.join(separator);
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    Text::write(dice, language, template, &value).recased(dice)
}
