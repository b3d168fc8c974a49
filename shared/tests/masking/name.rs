//! Names of people, in sentences that say so.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const FIRST: &[(Language, &[&str])] = &[
    (Language::English, &["Oliver", "Amelia", "Harry", "Isla", "Priya", "Mohammed", "Siobhan", "Mary Jane", "Jean-Luc", "DeShawn", "Liu", "Zoë", "Grace", "Bartholomew", "J.", "Mary-Beth", "Nia", "T. J."]),
    (Language::German, &["Jürgen", "Käthe", "Björn", "Anneliese", "Karl-Heinz", "Mehmet", "Wiebke", "Uwe", "Svenja", "Hans Peter", "Ayşe", "Zoltan", "Ute", "Lieselotte"]),
    (Language::French, &["Gérard", "Élodie", "Jean-Baptiste", "Océane", "Thibault", "Aïcha", "Marie-Claude", "Loïc", "Noémie", "Youssef", "Anaïs", "Hervé"]),
    (Language::Spanish, &["José", "María José", "Íñigo", "Rocío", "Juan Carlos", "Begoña", "Álvaro", "Guadalupe", "Nicolás", "Ximena", "Luis Fernando"]),
    (Language::Italian, &["Giuseppe", "Chiara", "Niccolò", "Maria Grazia", "Gianluca", "Ornella", "Matteo", "Pier Paolo", "Fiorella", "Tommaso"]),
    (Language::Portuguese, &["João", "Conceição", "Tiago", "Ana Beatriz", "Luís", "Fátima", "Gonçalo", "Rafaela", "Zé Carlos", "Inês"]),
    (Language::Dutch, &["Sjoerd", "Anouk", "Maarten", "Femke", "Jan Willem", "Marijke", "Thijs", "Lotte", "Fatima", "Gijs", "Roosmarijn"]),
];

#[rustfmt::skip]
const LAST: &[(Language, &[&str])] = &[
    (Language::English, &["Whitfield", "O'Sullivan", "Khan", "Fitzgerald", "McAllister", "Nguyen", "Smith-Jones", "Okonkwo", "Featherstone", "Patel", "D'Souza", "Brookes", "St. Clair"]),
    (Language::German, &["Krüger", "von Hohenberg", "Öztürk", "Schäfer-Lindt", "Zimmermann", "Groß", "Nowak", "zu Wittgenstein", "Bäcker", "Kowalczyk", "Weiß"]),
    (Language::French, &["Lefèvre", "de Villiers", "Dubois", "Benali", "d'Aubigné", "Rousseau", "Le Goff", "Moreau-Petit", "Girard", "du Plessis"]),
    (Language::Spanish, &["García López", "de la Fuente", "Ibáñez", "Núñez Prado", "del Río", "Etxeberria", "Quispe Mamani", "Ruiz", "Castro y Vega", "Montoya"]),
    (Language::Italian, &["Esposito", "De Santis", "Colombo", "D'Amico", "Lo Presti", "Bianchi", "della Rovere", "Marchetti", "Dell'Orto", "Pavone"]),
    (Language::Portuguese, &["Carvalho", "dos Santos", "da Conceição Pereira", "Gouveia", "de Almeida", "Figueiredo", "Araújo Lima", "Teixeira", "Brandão"]),
    (Language::Dutch, &["van der Meer", "de Groot", "Jansen", "van 't Hof", "ten Brink", "Bakker", "van den Heuvel", "Visser-Prins", "Hoekstra", "Yilmaz", "el Amrani"]),
];

/// `*` marks a template for a full name, `+` one for a surname, `-` one for a first name; the text
/// ends at a `|`.
#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["*My name is {} and I need help", "*my name is {}, I have a question", "-my name's {}", "*Hi, this is {} speaking", "*this is {} calling about my order", "-Dear {},\nthe parcel never came", "+Dear Mr {},\nthe parcel never came", "+Dear Ms. {}, could you check", "*Please call me back.\nKind regards,\n{}|", "*Best regards, {}|", "-Thanks,\n{}|", "*Name: {}", "*The name on the account is {}", "+I spoke with Mrs {} about it", "-I spoke to {} yesterday", "*Full name: {}, as on the card", "*I am {} and I want a refund", "-Hi {}, can you check this", "-Hello {}!\nThe lamp is broken", "*You are speaking with {} today", "*Hello, I'm {} from Leeds", "+my last name is {}", "-My first name is {}", "*The account holder is Mr. {}", "*Yours sincerely\n{}|", "*Cardholder: {}"]),
    (Language::German, &["*Mein Name ist {} und ich brauche Hilfe", "*Ich heiße {}, guten Tag", "*Guten Tag, hier ist {} aus Köln", "*hier spricht {}", "+Sehr geehrte Frau {},\ndas Paket fehlt", "+Sehr geehrter Herr {}, das Paket fehlt", "-Liebe {},\ndanke für die Antwort", "*Mit freundlichen Grüßen\n{}|", "*Viele Grüße, {}|", "*Name: {}", "+Nachname: {}", "-Vorname: {}", "+Ich habe mit Herrn {} gesprochen", "*ich bin {} und warte noch", "*LG {}|", "*Kontoinhaber: {}", "-Hallo {}, können Sie helfen", "+Frau {} hat mir das zugesagt"]),
    (Language::French, &["*Je m'appelle {} et j'ai un souci", "*Bonjour, je suis {} et j'attends", "*mon nom est {}", "+Chère Madame {}, le colis manque", "+Bonjour Monsieur {}, le colis manque", "-Cher {},\nmerci pour la réponse", "*Cordialement,\n{}|", "*Bien cordialement, {}|", "*Nom : {}", "+Nom de famille : {}", "-Prénom : {}", "+J'ai parlé à Mme {} hier", "*Titulaire : {}", "-Merci,\n{}|", "*C'est au nom de M. {}", "-Bonjour {}, pouvez-vous m'aider"]),
    (Language::Spanish, &["*Me llamo {} y necesito ayuda", "*Hola, soy {} y sigo esperando", "*mi nombre es {}", "+Estimada señora {}, falta el paquete", "+Estimado Sr. {}, falta el paquete", "-Querida {},\ngracias por responder", "*Un saludo,\n{}|", "*Saludos cordiales, {}|", "*Nombre: {}", "+Apellidos: {}", "-Nombre completo: {}", "+Hablé con la señora {} ayer", "-Gracias,\n{}|", "*Atentamente,\n{}|", "*le habla {}", "-Hola {}, ¿me puede ayudar"]),
    (Language::Italian, &["*Mi chiamo {} e ho un problema", "*Salve, sono {} e aspetto ancora", "*il mio nome è {}", "+Gentile signora {}, manca il pacco", "+Egregio sig. {}, manca il pacco", "-Cara {},\ngrazie della risposta", "*Cordiali saluti,\n{}|", "*Saluti, {}|", "*Nome: {}", "+Cognome: {}", "+Ho parlato con la signora {} ieri", "-Grazie,\n{}|", "*Intestatario: {}", "-Ciao {}, mi puoi aiutare"]),
    (Language::Portuguese, &["*Chamo-me {} e preciso de ajuda", "*Olá, meu nome é {} e ainda espero", "*me chamo {}", "+Prezada senhora {}, falta a encomenda", "+Caro Sr. {}, falta a encomenda", "-Querida {},\nobrigado pela resposta", "*Atenciosamente,\n{}|", "*Cumprimentos, {}|", "*Nome: {}", "+Sobrenome: {}", "+Falei com a Sra. {} ontem", "-Obrigada,\n{}|", "*Titular: {}", "-Olá {}, pode ajudar"]),
    (Language::Dutch, &["*Mijn naam is {} en ik heb hulp nodig", "*Ik heet {}, goedemiddag", "*Hallo, met {} uit Utrecht", "*u spreekt met {}", "+Geachte mevrouw {}, het pakket mist", "+Geachte heer {}, het pakket mist", "-Beste {},\nbedankt voor het antwoord", "*Met vriendelijke groet,\n{}|", "*Groeten, {}|", "*Naam: {}", "+Achternaam: {}", "-Voornaam: {}", "+Ik sprak mevrouw {} gisteren", "-Bedankt,\n{}|", "*ik ben {} en wacht nog", "-Hoi {}, kun je helpen"]),
];

fn of(
    lists: &'static [(Language, &'static [&'static str])],
    language: Language,
) -> &'static [&'static str] {
    lists.iter().find(|(of, _)| *of == language).unwrap().1
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    // Names move across borders.
    let from = if dice.percent(12) { dice.pick(&Language::ALL) } else { language };
    let (first, last) = (dice.pick(of(FIRST, from)), dice.pick(of(LAST, from)));
    let template = dice.pick(of(TEMPLATES, language));
    let value = match &template[..1] {
        "+" => last.to_owned(),
        "-" if !first.ends_with('.') => first.to_owned(),
        _ => format!("{first} {last}"),
    };
    Text::write(dice, language, &template[1..], &value).recased(dice)
}
