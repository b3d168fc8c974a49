//! Names of people, in sentences that say so.

use crate::{
    dice::Dice,
    sentences::{Language, Text, pick},
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

/// First names, as in [`FIRST`].
#[rustfmt::skip]
const MORE_FIRST: &[(Language, &[&str])] = &[
    (Language::English, &["Ebony", "Rajesh", "Caoimhe", "Winston", "Tamsin", "Xiu Ying", "Desmond", "Rosalind", "Art", "Joy"]),
    (Language::German, &["Gundula", "Detlef", "Emre", "Friederike", "Ernst August", "Ilse", "Ansgar"]),
    (Language::French, &["Ghislaine", "Didier", "Fatoumata", "Anne-Laure", "Côme", "Régine"]),
    (Language::Spanish, &["Pilar", "Joaquín", "Ainhoa", "Miguel Ángel", "Soledad", "Wilson"]),
    (Language::Italian, &["Donatella", "Ettore", "Gian Marco", "Mirella", "Salvatore"]),
    (Language::Portuguese, &["Leonor", "Vasco", "Maria do Carmo", "Thiago", "Iracema"]),
    (Language::Dutch, &["Wouter", "Saskia", "Pieter-Jan", "Noor", "Mehdi", "Hilde"]),
];

/// Surnames, as in [`LAST`].
#[rustfmt::skip]
const MORE_LAST: &[(Language, &[&str])] = &[
    (Language::English, &["Abernathy", "Blackwood-Hughes", "Oyelaran", "MacDougall", "Tran", "Van Buren", "Lockhart", "Rao", "Le"]),
    (Language::German, &["Trautmann", "Freiherr von Stein", "Yıldız", "Böhm-Kessler", "Jäger", "Sauer"]),
    (Language::French, &["Chevallier", "Le Bihan", "N'Diaye", "de La Tour", "Fontaine", "Haddad"]),
    (Language::Spanish, &["Zubizarreta", "de los Santos", "Peña Cortés", "Molina", "Chávez de León"]),
    (Language::Italian, &["Lombardi", "Di Stefano", "Dall'Oglio", "Ferri", "Lo Bianco"]),
    (Language::Portuguese, &["Nogueira", "da Silva e Sousa", "Moura", "Quintela", "dos Reis"]),
    (Language::Dutch, &["Verhoeven", "van de Ven", "Smit", "in 't Veld", "De Clercq", "Bos"]),
];

/// As [`TEMPLATES`].
#[rustfmt::skip]
const MORE_TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["*It's {} here, I called before", "*The card is in the name of {}", "*The booking is under the name {}", "-Hey {}, thanks for yesterday", "*Good morning, my name is {}", "*Many thanks,\n{}|", "*Best,\n{}|", "*Sincerely,\n{}|", "*Customer name: {}", "+Mr. {} from your team told me so", "+I was helped by Dr. {}", "*Signed: {}", "*my full name is {}", "*To whom it may concern, I am {}", "-Dear {}, I have a problem", "+Good afternoon Mrs. {}, any news", "*Cheers,\n{}|"]),
    (Language::German, &["*Guten Morgen, mein Name ist {}", "*Das Konto läuft auf den Namen {}", "*Beste Grüße\n{}|", "*Herzliche Grüße\n{}|", "+Hallo Herr {}, gibt es Neues", "+Guten Tag Frau {}, gibt es Neues", "*MfG {}|", "*Vor- und Nachname: {}", "-Lieber {}, vielen Dank", "+Dr. {} hat mir geholfen", "*Danke und Gruß\n{}|"]),
    (Language::French, &["*le compte est au nom de {}", "*Bien à vous,\n{}|", "*Sincères salutations,\n{}|", "+Madame {}, votre collègue m'a aidé", "+M. {} m'a répondu", "*Je me nomme {}", "*Nom et prénom : {}", "-Salut {}, ça va", "*Bonne journée,\n{}|"]),
    (Language::Spanish, &["*Soy {}, cliente desde 2019", "*está a nombre de {}", "*Cordialmente,\n{}|", "*Un cordial saludo,\n{}|", "+Buenos días, señor {}, alguna novedad", "*Nombre y apellidos: {}", "+La Sra. {} me atendió", "*Mi nombre completo es {}", "-Estimado {}, falta el paquete"]),
    (Language::Italian, &["*Sono {}, cliente dal 2019", "*è intestato a nome di {}", "*Distinti saluti\n{}|", "+Buongiorno signor {}, novità", "*Nome e cognome: {}", "+Il dott. {} mi ha aiutato", "-Gentile {}, manca il pacco", "*Un saluto,\n{}|"]),
    (Language::Portuguese, &["*Sou {}, cliente desde 2019", "*está em nome de {}", "*Com os melhores cumprimentos,\n{}|", "+Bom dia, senhor {}, novidades", "*Nome completo: {}", "+A Dra. {} me atendeu", "*Abraço,\n{}|", "*Aqui é {}, bom dia"]),
    (Language::Dutch, &["*U spreekt met {}, goedemorgen", "*het staat op naam van {}", "*Hartelijke groeten,\n{}|", "+Goedemiddag meneer {}, is er nieuws", "*Voor- en achternaam: {}", "+Dhr. {} hielp mij", "*Mvg,\n{}|", "*Mijn volledige naam is {}"]),
];

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    // Names move across borders.
    let from = if dice.percent(12) { dice.pick(&Language::ALL) } else { language };
    let first = pick(dice, [FIRST, MORE_FIRST], from);
    let last = pick(dice, [LAST, MORE_LAST], from);
    let template = pick(dice, [TEMPLATES, MORE_TEMPLATES], language);
    let value = match &template[..1] {
        "+" => last.to_owned(),
        "-" if !first.ends_with('.') => first.to_owned(),
        _ => format!("{first} {last}"),
    };
    Text::write(dice, language, &template[1..], &value).recased(dice)
}
