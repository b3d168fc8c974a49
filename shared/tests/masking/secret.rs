//! Passwords, tokens, keys, and addresses of the web that carry them.

use crate::{
    dice::Dice,
    sentences::{Language, Text, pick},
};

#[rustfmt::skip]
const PASSWORDS: &[(Language, &[&str])] = &[
    (Language::English, &["My password is {}", "password: {}", "the password {} is not accepted", "I log in with pw={}|", "my password was {} until today", "Passwort: {}", "The new password for my account is {}"]),
    (Language::German, &["Mein Passwort ist {}", "Passwort: {}", "das Passwort lautet {}", "das Kennwort {} geht nicht", "mein neues Passwort war {} bis heute"]),
    (Language::French, &["Mon mot de passe est {}", "mot de passe : {}", "le mot de passe {} ne marche pas", "mon ancien mot de passe était {}"]),
    (Language::Spanish, &["Mi contraseña es {}", "contraseña: {}", "la contraseña {} no funciona", "mi clave es {}"]),
    (Language::Italian, &["La mia password è {}", "password: {}", "la password {} non funziona"]),
    (Language::Portuguese, &["A minha senha é {}", "senha: {}", "a senha {} não funciona", "minha palavra-passe é {}"]),
    (Language::Dutch, &["Mijn wachtwoord is {}", "wachtwoord: {}", "het wachtwoord {} werkt niet"]),
];

/// As [`PASSWORDS`].
#[rustfmt::skip]
const MORE_PASSWORDS: &[(Language, &[&str])] = &[
    (Language::English, &["I set the password to {}", "pwd: {}", "username is bob and password {}", "Password = {}", "the wifi password is {}"]),
    (Language::German, &["Zugangsdaten: Passwort {}", "PW: {}", "mein PW ist {}", "das alte Passwort war {}"]),
    (Language::French, &["mdp : {}", "mon mdp est {}", "le mot de passe du compte est {}"]),
    (Language::Spanish, &["la clave es {}", "mi contraseña nueva es {}", "password: {}"]),
    (Language::Italian, &["la mia password era {}", "la nuova password è {}", "pw: {}"]),
    (Language::Portuguese, &["a password é {}", "a minha nova senha é {}", "senha {} não entra"]),
    (Language::Dutch, &["ww: {}", "mijn nieuwe wachtwoord is {}", "het wachtwoord was {}"]),
];

#[rustfmt::skip]
const LINKS: &[&str] = &["{lead}https://shop.example/orders?id=17&token={}", "{lead}https://files.example/doc.pdf?sig={}&v=2", "{lead}https://api.example/v1/items?key={}", "{lead}https://{}@repo.example/tree", "{lead}https://bucket.example/a.csv?X-Amz-Signature={}", "{lead}https://example.com/reset/{}", "{lead}http://login.example/cb?state=ok&code={}", "{lead}https://x.example/#access_token={}&type=bearer", "{lead}www.example.com/auth?password={}&user=1"];
#[rustfmt::skip]
const TOKENS: &[&str] = &["{lead}Authorization: Bearer {}", "{lead}api_key={}", "{lead}client_secret: {}", "{lead}export TOKEN={}", "{lead}{\"secret\":\"{}\",\"n\":1}|", "{lead}{}"];

fn lead(language: Language) -> &'static str {
    match language {
        Language::English => "I copied this: ",
        Language::German => "Ich habe das kopiert: ",
        Language::French => "J'ai copié ceci : ",
        Language::Spanish => "He copiado esto: ",
        Language::Italian => "Ho copiato questo: ",
        Language::Portuguese => "Copiei isto: ",
        Language::Dutch => "Ik heb dit gekopieerd: ",
    }
}

fn password(dice: &mut Dice) -> String {
    let shape = dice.pick(&[
        "???????%#",
        "@?????%###",
        "?????!%#",
        "@??#?#$?#",
        "????_????%%",
        "@????&####",
        "%#??@??#",
        "?#?#?#?#",
        "@@??##??",
        "??????*##",
    ]);
    dice.fill(shape)
}

fn token(dice: &mut Dice) -> String {
    let shape = dice.pick(&[
        "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
        "sk-?#@?#@?#@?#@?#@?#@",
        "ghp_@?#@?#@?#@?#@?#@?#@?#@?#@?#@?#@?#",
        "AKIA@@@@##@@@@##@@@@",
        "eyJ?????????.eyJ?#?@?#?@?#.?@#?@#?@#?@#",
        "?#@?#@?#@?#@?#@?#@?#@?#@?#@?#@?#@?#",
        "xoxb-##########-?????#####",
    ]);
    dice.fill(shape)
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    match dice.between(1, 10) {
        1..=5 => {
            let value = password(dice);
            let template = pick(dice, [PASSWORDS, MORE_PASSWORDS], language);
            Text::write(dice, language, template, &value)
        }
        6..=8 => {
            let template = dice.pick(LINKS);
            let is_user = template.contains("{}@");
            let value = dice.fill(if is_user { "?????:?#?#?#?#" } else { "?#@?#@?#&&&&&&?#@" });
            Text::write(dice, language, &template.replace("{lead}", lead(language)), &value)
        }
        _ => {
            let value = token(dice);
            let template = dice.pick(TOKENS);
            Text::write(dice, language, &template.replace("{lead}", lead(language)), &value)
        }
    }
}
