//! What stands around a planted value: a sentence before, a sentence behind, in seven languages.

use crate::dice::Dice;

/// The languages of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
}

impl Language {
    pub(crate) const ALL: [Self; 7] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
    ];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::Dutch => "nl",
        }
    }
}

#[rustfmt::skip]
fn before(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "I ordered two lamps on 3 March and paid 149.90 EUR.", "My order 8400123456 hasn't arrived yet.",
            "The app has been crashing since version 4.2.1.", "I was charged twice last Tuesday at 10:30.",
            "Could you please look into this?", "The refund of $35 is still missing!", "It's about flight LH 2034 to Lisbon.",
        ],
        Language::German => &[
            "Meine Bestellung 8400123456 ist noch nicht da.", "Ich habe am 03.03.2026 zwei Lampen für 149,90 € gekauft.",
            "Seit dem letzten Update stürzt die App ab.", "Der Betrag wurde doppelt abgebucht!",
            "Können Sie das bitte prüfen?", "Es geht um den Flug LH 2034.", "Die Lieferung kam erst um 18:45 Uhr.",
        ],
        Language::French => &[
            "Ma commande 8400123456 n'est toujours pas arrivée.", "J'ai payé 149,90 € le 3 mars.",
            "L'application plante depuis la version 4.2.1.", "Vous m'avez débité deux fois !",
            "Pouvez-vous vérifier ?", "C'est à propos du vol AF 1234.", "Le colis est passé vers 18h45.",
        ],
        Language::Spanish => &[
            "Mi pedido 8400123456 todavía no ha llegado.", "Pagué 149,90 € el 3 de marzo.",
            "La aplicación falla desde la versión 4.2.1.", "¡Me han cobrado dos veces!",
            "¿Podrían revisarlo?", "Es sobre el vuelo IB 3170.", "El paquete llegó a las 18:45.",
        ],
        Language::Italian => &[
            "Il mio ordine 8400123456 non è ancora arrivato.", "Ho pagato 149,90 € il 3 marzo.",
            "L'app si blocca dalla versione 4.2.1.", "Mi avete addebitato due volte!",
            "Potete verificare?", "Si tratta del volo AZ 611.", "Il pacco è arrivato alle 18:45.",
        ],
        Language::Portuguese => &[
            "O meu pedido 8400123456 ainda não chegou.", "Paguei 149,90 € no dia 3 de março.",
            "O aplicativo trava desde a versão 4.2.1.", "Fui cobrado duas vezes!",
            "Podem verificar?", "É sobre o voo TP 1234.", "A encomenda chegou às 18:45.",
        ],
        Language::Dutch => &[
            "Mijn bestelling 8400123456 is nog niet binnen.", "Ik heb op 3 maart 149,90 € betaald.",
            "De app loopt vast sinds versie 4.2.1.", "Er is twee keer geld afgeschreven!",
            "Kunt u dit nakijken?", "Het gaat over vlucht KL 1234.", "Het pakket kwam pas om 18:45.",
        ],
    }
}

#[rustfmt::skip]
fn behind(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["Please get back to me soon.", "What happens next?", "I've waited 12 days already.", "That would help a lot."],
        Language::German => &["Bitte melden Sie sich bald.", "Wie geht es weiter?", "Ich warte schon 12 Tage.", "Das wäre sehr nett."],
        Language::French => &["Tenez-moi au courant.", "Que se passe-t-il ensuite ?", "J'attends depuis 12 jours.", "Ce serait gentil."],
        Language::Spanish => &["Espero su respuesta.", "¿Qué pasa ahora?", "Llevo 12 días esperando.", "Sería de gran ayuda."],
        Language::Italian => &["Attendo una risposta.", "Cosa succede adesso?", "Aspetto da 12 giorni.", "Sarebbe di grande aiuto."],
        Language::Portuguese => &["Aguardo uma resposta.", "O que acontece agora?", "Estou à espera há 12 dias.", "Seria uma grande ajuda."],
        Language::Dutch => &["Ik hoor graag van u.", "Wat gebeurt er nu?", "Ik wacht al 12 dagen.", "Dat zou fijn zijn."],
    }
}

/// Lists by language.
pub(crate) type ByLanguage = &'static [(Language, &'static [&'static str])];

/// An item of this language from either list.
pub(crate) fn pick(dice: &mut Dice, lists: [ByLanguage; 2], language: Language) -> &'static str {
    let list = lists[usize::from(dice.percent(50))];
    dice.pick(list.iter().find(|(of, _)| *of == language).unwrap().1)
}

/// A template with its value (at `{}`) filled in, and where the value stands.
pub(crate) struct Text {
    pub(crate) whole: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Text {
    /// A template between sentences of its language. One that ends in `{}` may be followed by a full
    /// stop, or by nothing and so end the text.
    pub(crate) fn write(dice: &mut Dice, language: Language, template: &str, value: &str) -> Self {
        let (lead, rest) = template.split_once("{}").unwrap();
        let mut text = String::new();
        if dice.percent(45) && !lead.contains('|') {
            text.push_str(dice.pick(before(language)));
            text.push(dice.pick(&[' ', ' ', ' ', '\n']));
        }
        text.push_str(&lead.replace('|', ""));
        let start = text.len();
        text.push_str(value);
        let end = text.len();
        text.push_str(&rest.replace('|', ""));
        if !rest.contains('|') {
            let closed = text.ends_with(['.', '!', '?']);
            let mark = if closed { "" } else { dice.pick(&[".", ".", "!", ""]) };
            text.push_str(mark);
            if (closed || !mark.is_empty()) && dice.percent(45) {
                text.push(' ');
                text.push_str(dice.pick(behind(language)));
            }
        }
        Self { whole: text, start, end }
    }

    /// The same in another case, where that changes no length.
    pub(crate) fn recased(self, dice: &mut Dice) -> Self {
        let recased = match dice.between(1, 100) {
            1..=14 => self.whole.to_lowercase(),
            15..=22 => self.whole.to_uppercase(),
            _ => return self,
        };
        if recased.len() == self.whole.len() { Self { whole: recased, ..self } } else { self }
    }
}
