//! E-mail addresses.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["Write to {}", "my email is {}", "You can reach me under {} any time", "Please send the invoice to {} instead", "contact: {}", "I signed up as <{}> last year", "email={}|", "It went to {}, not to me"]),
    (Language::German, &["Schreiben Sie an {}", "meine Mail ist {}", "Bitte an {} schicken", "E-Mail: {}", "Ich bin mit {} registriert"]),
    (Language::French, &["Écrivez à {}", "mon adresse mail est {}", "Merci d'envoyer la facture à {}", "mail : {}", "inscrit avec {} depuis mai"]),
    (Language::Spanish, &["Escríbanme a {}", "mi correo es {}", "correo electrónico: {}", "envíen la factura a {} por favor"]),
    (Language::Italian, &["Scrivetemi a {}", "la mia mail è {}", "posta: {}", "mandate la fattura a {} grazie"]),
    (Language::Portuguese, &["Escrevam para {}", "o meu e-mail é {}", "correio: {}", "enviem a fatura para {} por favor"]),
    (Language::Dutch, &["Mail naar {}", "mijn mailadres is {}", "e-mail: {}", "stuur de factuur naar {} alstublieft"]),
];

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let local = dice.pick(&[
        "????.?????",
        "?????",
        "?.???????",
        "???_????",
        "????-????",
        "????##",
        "???????+####",
        "??.???.????",
        "@????.@????",
        "????????1###",
    ]);
    let host = dice.pick(&["?????", "mail.????", "????-???", "???##"]);
    let top = dice.pick(&[
        "com", "de", "co.uk", "fr", "es", "it", "pt", "nl", "org", "io", "online", "com.br", "eu",
        "museum",
    ]);
    let local = dice.fill(local);
    let host = dice.fill(host);
    let value = format!("{local}@{host}.{top}");
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    Text::write(dice, language, template, &value).recased(dice)
}
