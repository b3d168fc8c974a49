//! Telephone numbers as people of some twenty countries write them.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

/// `!` marks a template that does not say that a number of a telephone follows.
#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["Call me on {}", "my phone number is {}", "you can text me at {} after six", "Mobile: {}", "!Reach me under {} tomorrow", "tel. {}", "my cell is {}", "please ring {} instead", "WhatsApp {}", "!I called from {} twice", "Phone {}, any time"]),
    (Language::German, &["Rufen Sie mich unter {} an", "meine Handynummer ist {}", "Tel.: {}", "Telefon {} ab 18 Uhr", "!Sie erreichen mich auf {} am besten", "Mobil: {}", "meine Nummer: {}"]),
    (Language::French, &["Appelez-moi au {}", "mon numéro de téléphone est le {}", "tél : {}", "je suis joignable au {} ce soir", "!Rappelez le {} svp", "mon portable : {}"]),
    (Language::Spanish, &["Llámeme al {}", "mi teléfono es {}", "mi móvil es el {}", "tel. {}", "!Me llamaron desde {} ayer", "mi celular: {}"]),
    (Language::Italian, &["Chiamatemi al {}", "il mio telefono è {}", "cell. {}", "il mio numero di cellulare è {}", "!Mi hanno chiamato da {} ieri", "telefono: {}"]),
    (Language::Portuguese, &["Liguem para o telefone {}", "o meu telemóvel é {}", "tel. {}", "meu celular é {}", "!Ligaram-me do {} ontem", "telefone: {}"]),
    (Language::Dutch, &["Bel me op {}", "mijn telefoonnummer is {}", "tel. {}", "mijn mobiel is {}", "!Ik werd gebeld door {} gisteren", "telefoon: {}"]),
];

/// Forms that tell by themselves, and forms that need a word.
#[rustfmt::skip]
fn shapes(language: Language) -> (&'static [&'static str], &'static [&'static str]) {
    match language {
        Language::English => (
            &["(415) 5%#-####", "+1 212 5%# ####", "212-6%#-####", "1-800-4%#-####", "+44 7### ######", "07### ######", "020 7### ####", "+61 4## ### ###", "04## ### ###", "+91 98### #####", "+353 8% ### ####", "+1(646)3%#####", "07911 ######", "0161 496 ####", "(02) 9### ####", "+64 21 ### ####", "+65 9### ####", "+852 9### ####", "+27 82 ### ####", "+1-202-555-01##", "617.4%#.####"],
            &["4155%#####", "98### #####", "1300 ### ###", "9### ####", "65## ####"],
        ),
        Language::German => (
            &["0171 #######", "030 / %#####%", "+49 30 #######", "0049 171 %######", "(089) %#####", "+43 664 #######", "+41 79 ### ## ##", "079 ### ## ##", "0151-########", "+49(0)40 ######%", "0221 - %######", "0160/9#######", "+49-176-########", "040 / %## ## ##", "0043 1 %## ## ##", "+41 (0)44 ### ## ##", "0621-######"],
            &["0664 %######", "0171 %######"],
        ),
        Language::French => (
            &["06 ## ## ## ##", "06.##.##.##.##", "+33 6 ## ## ## ##", "01-##-##-##-##", "+32 4%# ## ## ##", "0033 1 ## ## ## ##", "07########", "+33(0)1########", "+33.1.##.##.##.##", "+32 2 ### ## ##", "+352 621 ### ###"],
            &["06 ## ## ## ##", "04## ## ## ##"],
        ),
        Language::Spanish => (
            &["+34 6## ### ###", "+34 91 ### ## ##", "0034 6########", "+52 55 #### ####", "+54 9 11 #### ####", "+57 3## #######", "(55) %###-####", "+56 9 #### ####", "+51 9## ### ###", "0054 11 #### ####", "+34-6##-###-###"],
            &["6## ### ###", "6########", "91 ### ## ##", "55 #### ####", "6## ## ## ##"],
        ),
        Language::Italian => (
            &["+39 3## #######", "06 #######%", "+39 02 ########", "0039 347 #######", "+41 91 ### ## ##", "051 ######", "+39-333-#######", "011/#######", "+39.06.########"],
            &["3## #######", "347 ### ####", "3##########", "338/#######"],
        ),
        Language::Portuguese => (
            &["+351 9%# ### ###", "+55 11 9####-####", "(11) 9####-####", "+351 21 ### ####", "00351 9########", "(21) 3###-####", "+55 (21) 9####-####", "+351-9########", "+244 923 ### ###"],
            &["9%# ### ###", "21 ### ## ##", "11 9#### ####", "9%#######"],
        ),
        Language::Dutch => (
            &["06-########", "+31 6 ########", "020-#######", "0031 6 ########", "+32 47# ## ## ##", "06 ## ## ## ##", "(010) ### ## ##", "+31(0)20 ### ####", "+32 2 ### ## ##", "085 - ### ####", "+31-6-########"],
            &["06 ########", "0470 ## ## ##"],
        ),
    }
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    let (telling, named) = shapes(language);
    let plain = template.starts_with('!');
    let shape = if plain || dice.percent(65) { dice.pick(telling) } else { dice.pick(named) };
    let value = dice.fill(shape);
    Text::write(dice, language, template.trim_start_matches('!'), &value).recased(dice)
}
