//! One-time codes, PINs and check values of cards.

use crate::{
    dice::Dice,
    sentences::{Language, Text, pick},
};

/// `3` marks a template for a card's check value, `4` one for a PIN, `6` one for a one-time code.
#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["6My code is {}", "6the verification code is {}", "6Your login code: {}", "6{} is your Acme verification code", "6I got the code {} but it fails", "6OTP {}", "6one-time code {} expired", "4My PIN is {}", "4pin: {}", "4the PIN {} is refused", "3CVV is {}", "3The security code on the back is {}", "6Enter {} to confirm the payment", "6passcode is {}", "6The code you sent me is {}", "6Use {} to log in"]),
    (Language::German, &["6Mein Code ist {}", "6der Bestätigungscode lautet {}", "6Ihr Code: {}", "6{} ist Ihr Anmeldecode", "6die TAN {} geht nicht", "4Meine PIN lautet {}", "4PIN: {}", "3Der Sicherheitscode ist {}", "6Einmalcode {} abgelaufen", "6Ihr Code lautet {}", "3CVC {}", "6SMS-Code: {}"]),
    (Language::French, &["6Mon code est {}", "6le code de vérification est {}", "6Votre code : {}", "6{} est votre code de connexion", "6le code reçu par SMS est {}", "4Mon code PIN est {}", "4code secret : {}", "3Le CVV est {}", "6code de sécurité {} refusé"]),
    (Language::Spanish, &["6Mi código es {}", "6el código de verificación es {}", "6Su código: {}", "6{} es su código de acceso", "6el código que me llegó es {}", "4Mi PIN es {}", "4pin: {}", "3El CVV es {}", "6código de seguridad {} rechazado"]),
    (Language::Italian, &["6Il mio codice è {}", "6il codice di verifica è {}", "6Il tuo codice: {}", "6{} è il tuo codice di accesso", "6il codice che ho ricevuto è {}", "4Il mio PIN è {}", "4pin: {}", "3Il CVV è {}", "6codice di sicurezza {} rifiutato"]),
    (Language::Portuguese, &["6O meu código é {}", "6o código de verificação é {}", "6Seu código: {}", "6{} é o seu código de acesso", "6o código que recebi é {}", "4O meu PIN é {}", "4pin: {}", "3O CVV é {}", "6código de segurança {} recusado"]),
    (Language::Dutch, &["6Mijn code is {}", "6de verificatiecode is {}", "6Uw code: {}", "6{} is je inlogcode", "6de code die ik kreeg is {}", "4Mijn pincode is {}", "4pin: {}", "3De CVC is {}", "6beveiligingscode {} geweigerd"]),
];

/// As [`TEMPLATES`].
#[rustfmt::skip]
const MORE_TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["6Your one-time passcode is {}", "6I keep getting {} as the confirmation code", "4the PIN for my card is {}", "6type {} to sign in", "3cvc code {}", "6authentication code: {}", "6the texted code was {}"]),
    (Language::German, &["6Der Zugangscode lautet {}", "4meine Geheimzahl ist {}", "6Freischaltcode: {}", "6der Code aus der SMS war {}", "3die Prüfziffer ist {}"]),
    (Language::French, &["6le code d'activation est {}", "6code d'accès : {}", "6votre code à usage unique est {}", "3le cryptogramme est {}", "4mon code confidentiel est {}"]),
    (Language::Spanish, &["6el código de un solo uso es {}", "6código de confirmación: {}", "6el código del SMS era {}", "4el PIN de mi tarjeta es {}"]),
    (Language::Italian, &["6il codice OTP è {}", "6codice di conferma: {}", "6il codice via SMS era {}", "4il PIN della carta è {}"]),
    (Language::Portuguese, &["6o código de confirmação é {}", "6o código do SMS era {}", "4o PIN do cartão é {}", "6código de uso único: {}"]),
    (Language::Dutch, &["6de inlogcode is {}", "6bevestigingscode: {}", "6de code uit de sms was {}", "4de pincode van mijn pas is {}"]),
];

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let template = pick(dice, [TEMPLATES, MORE_TEMPLATES], language);
    let shape = match &template[..1] {
        "3" => dice.pick(&["###", "###", "####"]),
        "4" => dice.pick(&["####", "####", "#####", "######"]),
        _ => dice.pick(&[
            "######", "######", "######", "####", "### ###", "###-###", "########", "G-######",
            "@#@###", "#@##@#",
        ]),
    };
    let value = dice.fill(shape);
    Text::write(dice, language, &template[1..], &value).recased(dice)
}
