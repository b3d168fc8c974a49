//! Postal addresses: streets as seven languages write them, with towns and postcodes.

use crate::{
    dice::Dice,
    sentences::{Language, Text},
};

#[rustfmt::skip]
const TEMPLATES: &[(Language, &[&str])] = &[
    (Language::English, &["I live at {}", "Please ship it to {} instead", "my new address is {}", "Address: {}", "The driver went to {} and left", "I moved to {} last month", "Deliver to {}, thanks", "It was left at {} in the rain", "bill it to {}"]),
    (Language::German, &["Ich wohne in der {}", "Bitte an {} liefern", "meine neue Adresse lautet {}", "Anschrift: {}", "Das Paket ging an {} statt zu mir", "ich bin umgezogen: {}", "Lieferadresse {}"]),
    (Language::French, &["J'habite au {}", "Livrez au {} svp", "ma nouvelle adresse est {}", "Adresse : {}", "Le colis est parti au {} par erreur", "j'ai déménagé au {} en mai"]),
    (Language::Spanish, &["Vivo en {}", "Envíenlo a {} por favor", "mi nueva dirección es {}", "Dirección: {}", "El paquete fue a {} por error", "me mudé a {} en mayo"]),
    (Language::Italian, &["Abito in {}", "Spedite in {} per favore", "il mio nuovo indirizzo è {}", "Indirizzo: {}", "Il pacco è finito in {} per errore", "mi sono trasferito in {} a maggio"]),
    (Language::Portuguese, &["Moro na {}", "Enviem para {} por favor", "a minha nova morada é {}", "Endereço: {}", "A encomenda foi para {} por engano", "mudei-me para {} em maio"]),
    (Language::Dutch, &["Ik woon op {}", "Graag bezorgen op {} alstublieft", "mijn nieuwe adres is {}", "Adres: {}", "Het pakket ging naar {} in plaats van naar mij", "ik ben verhuisd naar {} in mei"]),
];

#[rustfmt::skip]
const ENGLISH: &[&str] = &["Willow", "Kingsmead", "Albert", "Old Mill", "Church", "St. Mary's", "Elm", "Queen Victoria", "Sycamore", "Martin Luther King", "North Fork", "Harbour", "5th", "W 42nd", "Cherry Blossom", "Tollgate", "Maple Leaf", "Bishop's", "Upper Thames", "8th", "NE 23rd", "Sunset", "Great Western", "Newlands Corner"];
#[rustfmt::skip]
const KINDS: &[&str] = &["Street", "St", "Road", "Rd", "Avenue", "Ave", "Lane", "Drive", "Close", "Court", "Crescent", "Gardens", "Terrace", "Way", "Grove", "Hill", "Boulevard", "Parkway", "Place", "Square", "Street", "Road", "Avenue", "Mews", "Row", "Walk", "Circle", "Blvd", "Dr", "Ct", "Ln", "Highway", "Wharf", "Rise", "View"];

fn english(dice: &mut Dice) -> String {
    let number = match dice.between(1, 10) {
        1 => dice.fill("%#@"),
        2 => dice.fill("%##-%##"),
        3 => dice.fill("%###"),
        _ => dice.between(1, 399).to_string(),
    };
    let street = format!("{number} {} {}", dice.pick(ENGLISH), dice.pick(KINDS));
    let unit = match dice.between(1, 10) {
        1 => dice.fill(", Apt %@"),
        2 => dice.fill(", Flat %"),
        3 => dice.fill(", Suite %##"),
        4 => dice.fill(", Unit %#"),
        _ => String::new(),
    };
    let town = match dice.between(1, 12) {
        1 => dice.fill(", Leeds LS% #AB"),
        2 => dice.fill(", Little Haddon, GU%# %XY"),
        3 => dice.fill(", Cedar Falls, TX 7%###"),
        4 => dice.fill(", Boise, ID 8%###-####"),
        5 => dice.fill(", Halifax, NS B%J #K#"),
        6 => ", Bristol".to_owned(),
        7 => dice.fill(", Perth WA 6###"),
        8 => dice.fill(", Omaha NE 6%###"),
        _ => String::new(),
    };
    format!("{street}{unit}{town}")
}

fn german(dice: &mut Dice) -> String {
    let street = dice.pick(&[
        "Ahornstraße",
        "Lindenweg",
        "Mühlgasse",
        "Goethestr.",
        "Rosenallee",
        "Kirchplatz",
        "Neue Straße",
        "Friedrich-Ebert-Straße",
        "Bahnhofstrasse",
        "Am Steinbruch",
        "Donauufer",
        "Alter Postweg",
        "Hohenzollerndamm",
        "Am alten Hafen",
        "Wiesenring",
        "Lange Gasse",
        "Schloßstraße",
        "Kastanienallee",
        "Zum Mühlbach",
        "Brunnengasse",
        "Max-Planck-Ring",
        "Ludwigkirchplatz",
        "Auf der Heide",
        "Obere Bachgasse",
    ]);
    let number = dice.pick(&["%", "%#", "%#a", "%##", "% b", "%#-%#", "%/%"]);
    let number = dice.fill(number);
    let postcode = dice.fill("%####");
    let town = dice.pick(&[
        "Bremen",
        "Bad Tölz",
        "Frankfurt am Main",
        "Garmisch-Partenkirchen",
        "Jena",
        "Halle (Saale)",
        "St. Gallen",
        "Neustadt an der Weinstraße",
    ]);
    let coded =
        ["Am ", "Zum ", "Auf "].iter().any(|lead| street.starts_with(lead)) || dice.percent(55);
    match (coded, dice.percent(80)) {
        (true, true) => format!("{street} {number}, {postcode} {town}"),
        (true, false) => format!("{street} {number}\n{postcode} {town}"),
        (false, _) => format!("{street} {number}"),
    }
}

fn french(dice: &mut Dice) -> String {
    let number = dice.pick(&["%", "%#", "%##", "% bis", "%# ter"]);
    let number = dice.fill(number);
    let comma = dice.pick(&["", "", ","]);
    let kind = dice.pick(&[
        "rue",
        "avenue",
        "boulevard",
        "impasse",
        "place",
        "chemin",
        "quai",
        "allée",
        "cours",
        "route",
        "bd",
        "av.",
        "square",
    ]);
    let name = dice.pick(&[
        "des Lilas",
        "Victor Schœlcher",
        "de la Gare",
        "du Général Leclerc",
        "Jean Moulin",
        "de l'Église",
        "Saint-Antoine",
        "des Trois Fontaines",
        "Gambetta",
        "du 8 Mai 1945",
        "Lafayette",
        "de Bretagne",
        "des Frères Lumière",
        "Foch",
    ]);
    let town = dice.fill("%#### ")
        + dice.pick(&["Nantes", "Saint-Étienne", "Aix-en-Provence", "Lille", "La Rochelle"]);
    let street = format!("{number}{comma} {kind} {name}");
    if dice.percent(60) { format!("{street}, {town}") } else { street }
}

fn spanish(dice: &mut Dice) -> String {
    let kind = dice.pick(&[
        "calle",
        "Calle",
        "C/",
        "Avda.",
        "avenida",
        "plaza",
        "Paseo",
        "Camino",
        "Av.",
        "Ronda",
        "Carretera",
        "Plaza",
    ]);
    let name = dice.pick(&[
        "de la Luna",
        "Serrano",
        "Gran Capitán",
        "del Olmo",
        "San Bernardo",
        "de los Reyes Católicos",
        "Insurgentes Sur",
        "Rivadavia",
        "de Atocha",
        "Mayor",
        "del Príncipe Pío",
        "Juan Bravo",
    ]);
    let joint = dice.pick(&[" ", ", ", ", nº ", " "]);
    let number = dice.between(1, 299);
    let floor = match dice.between(1, 5) {
        1 => dice.fill(", %º A"),
        2 => dice.fill(", piso %"),
        _ => String::new(),
    };
    let town =
        dice.fill(", %#### ") + dice.pick(&["Sevilla", "San Sebastián", "Vigo", "Las Palmas"]);
    let street = format!("{kind} {name}{joint}{number}{floor}");
    if dice.percent(55) { street + &town } else { street }
}

fn italian(dice: &mut Dice) -> String {
    let kind = dice.pick(&[
        "via", "Via", "viale", "piazza", "Corso", "largo", "Vicolo", "Piazzale", "Strada", "C.so",
    ]);
    let name = dice.pick(&[
        "Dante Alighieri",
        "dei Mille",
        "della Libertà",
        "Roma",
        "San Giovanni",
        "Quattro Novembre",
        "Vittorio Emanuele II",
        "delle Rose",
        "Nuova",
        "Loreto",
        "XX Settembre",
        "San Vitale",
    ]);
    let joint = dice.pick(&[" ", ", ", ", n. "]);
    let number = dice.pick(&["%", "%#", "%##", "%/A", "%# bis"]);
    let number = dice.fill(if number.contains("bis") { "%#" } else { number });
    let town = dice.fill(", %#### ") + dice.pick(&["Torino", "Reggio Emilia", "L'Aquila", "Bari"]);
    let street = format!("{kind} {name}{joint}{number}");
    if dice.percent(55) { street + &town } else { street }
}

fn portuguese(dice: &mut Dice) -> String {
    let kind = dice.pick(&[
        "Rua", "rua", "Avenida", "Av.", "Travessa", "Praça", "Alameda", "Largo", "Estrada", "R.",
    ]);
    let name = dice.pick(&[
        "das Oliveiras",
        "Augusta",
        "do Ouro",
        "Marechal Deodoro",
        "da Boavista",
        "Santos Dumont",
        "dos Navegantes",
        "do Rato",
        "25 de Abril",
        "da Luz",
        "Barão de Itapetininga",
    ]);
    let joint = dice.pick(&[", ", " ", ", nº "]);
    let number = dice.between(1, 1999);
    let town = if dice.percent(50) {
        dice.fill(", %###-### ") + dice.pick(&["Porto", "Vila Nova de Gaia", "Faro"])
    } else {
        dice.fill(", %####-### ") + dice.pick(&["Curitiba", "Belo Horizonte", "Recife"])
    };
    let street = format!("{kind} {name}{joint}{number}");
    if dice.percent(55) { street + &town } else { street }
}

fn dutch(dice: &mut Dice) -> String {
    let street = dice.pick(&[
        "Molenstraat",
        "Herengracht",
        "Beatrixlaan",
        "Oude Kerkweg",
        "Marktplein",
        "Zuiderkade",
        "Laan van Nieuw Oost",
        "Van Goghstraat",
        "Westerdijk",
        "Prins Hendriksingel",
        "Burgemeester de Vlugtlaan",
        "Achterweg",
        "Kruiskade",
        "Nieuwe Binnenweg",
        "Prinsengracht",
        "Sint Jansplein",
    ]);
    let number = dice.pick(&["%", "%#", "%##", "%#a", "%#-#", "%# bus %"]);
    let number = dice.fill(number);
    let town = dice.fill(", %### @B ")
        + dice.pick(&["Haarlem", "Den Bosch", "Groningen", "Alphen aan den Rijn"]);
    let street = format!("{street} {number}");
    if dice.percent(60) { street + &town } else { street }
}

pub(crate) fn text(dice: &mut Dice, language: Language) -> Text {
    let value = match language {
        Language::English => english(dice),
        Language::German => german(dice),
        Language::French => french(dice),
        Language::Spanish => spanish(dice),
        Language::Italian => italian(dice),
        Language::Portuguese => portuguese(dice),
        Language::Dutch => dutch(dice),
    };
    let templates = TEMPLATES.iter().find(|(of, _)| *of == language).unwrap().1;
    let template = dice.pick(templates);
    Text::write(dice, language, template, &value).recased(dice)
}
