//! Addresses of the internet.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["The login came from {}", "my IP is {}", "blocked {} again", "it says host {} refused"]),
    (Language::German, &["Die Anmeldung kam von {}", "meine IP ist {}", "es heißt {} antwortet nicht"]),
    (Language::French, &["La connexion venait de {}", "mon IP est {}", "le serveur {} ne répond pas"]),
    (Language::Spanish, &["El acceso vino de {}", "mi IP es {}", "el servidor {} no responde"]),
    (Language::Italian, &["L'accesso veniva da {}", "il mio IP è {}", "il server {} non risponde"]),
    (Language::Portuguese, &["O acesso veio de {}", "o meu IP é {}", "o servidor {} não responde"]),
    (Language::Dutch, &["De login kwam van {}", "mijn IP is {}", "de server {} reageert niet"]),
];

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let mut octet = || dice.between(1, 254);
    let v4 = format!("{}.{}.{}.{}", octet(), octet(), octet(), octet());
    let shape = dice.pick(&[
        "2001:db8:&&&&:&&&&:&&&&:&&&&:&&&&:&&&&",
        "fe80::&&&&:%&&&",
        "2a02:%&&::%&&&:%",
        "::ffff:",
        "fd00:%&::1",
    ]);
    let value = match dice.between(1, 10) {
        1..=7 => v4,
        _ if shape.ends_with("ffff:") => format!("{shape}{v4}"),
        _ => dice.fill(shape),
    };
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    Text::write(dice, language, template, &value).recased(dice)
}
