//! What people write, in their languages. Sentences are put together from parts, so that no two
//! customers sound quite alike. Some hold an e-mail address or a telephone number from the ranges
//! reserved for fiction, so that masking has something to do.

mod english;
mod french;
mod german;
mod spanish;

use super::chance::Chance;

/// A language that customers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
}

/// What a customer knows and writes about.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    order: String,
    email: String,
    phone: String,
}

/// The sentences of one intent. `{order}`, `{email}` and `{phone}` stand for the customer's own.
pub(super) struct Script {
    intent: &'static str,
    openings: &'static [&'static str],
    /// In the order of the turns; no two in a row are the same.
    answers: &'static [&'static str],
}

/// What is said in one language.
pub(super) struct Book {
    /// Before the customer's first sentence …
    greetings: &'static [&'static str],
    /// … and after it.
    tails: &'static [&'static str],
    scripts: [Script; 9],
    /// Before an answer of the AI agent.
    leads: &'static [&'static str],
    /// The AI agent does not know.
    fallbacks: [&'static str; 3],
    /// The AI agent's model did not answer.
    pub(super) failure: &'static str,
    /// The AI agent asks for a fact, `{slot}`.
    question: &'static str,
    /// The facts: order number, product, card type, postcode, e-mail address.
    slots: [&'static str; 5],
    /// The customer states the order number …
    order_numbers: &'static [&'static str],
    /// … the e-mail address …
    emails: &'static [&'static str],
    /// … the postcode …
    postcodes: &'static [&'static str],
    /// … the card …
    cards: &'static [&'static str],
    /// … or the product.
    products: &'static [&'static str],
    /// The customer goes on.
    reply_starts: &'static [&'static str],
    reply_ends: &'static [&'static str],
    /// The customer is content.
    pub(super) thanks: &'static [&'static str],
    /// The customer gives up.
    pub(super) resignation: &'static [&'static str],
    /// The customer wants a person.
    pub(super) requests_for_a_person: &'static [&'static str],
    /// The customer wants a person at once.
    pub(super) anger: &'static [&'static str],
    /// A flawed version has nothing to say.
    pub(super) flawed_fallbacks: &'static [&'static str],
    /// The AI agent is sure of something untrue.
    pub(super) wrong_answers: &'static [&'static str],
    /// A person takes over.
    pub(super) human_greetings: &'static [&'static str],
    /// A person works on it.
    pub(super) human_answers: &'static [&'static str],
    /// A person says goodbye.
    pub(super) human_farewells: &'static [&'static str],
    /// The customer returns to a case that was closed.
    pub(super) reopenings: &'static [&'static str],
    /// It is solved again.
    pub(super) second_solutions: &'static [&'static str],
}

impl Language {
    /// As it appears on the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// What is said in it.
    pub(super) fn book(self) -> &'static Book {
        match self {
            Self::English => &english::BOOK,
            Self::German => &german::BOOK,
            Self::French => &french::BOOK,
            Self::Spanish => &spanish::BOOK,
        }
    }
}

impl Facts {
    /// Somebody's order, address and number.
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let first = ["jane", "omar", "lucia", "piet", "aiko", "noah", "zofia", "kwame"];
        let last = ["doe", "haddad", "rossi", "visser", "mori", "stone", "nowak", "mensah"];
        Self {
            order: format!("S-{}", chance.between(10_000, 99_999)),
            email: format!("{}.{}@example.com", chance.phrase(&first), chance.phrase(&last)),
            phone: format!("+44 20 7946 {:04}", chance.between(0, 999)),
        }
    }

    fn fill(&self, sentence: &str) -> String {
        sentence
            .replace("{order}", &self.order)
            .replace("{email}", &self.email)
            .replace("{phone}", &self.phone)
    }
}

impl Book {
    /// The customer's first message.
    pub(super) fn opening(&self, intent: &str, facts: &Facts, chance: &mut Chance) -> String {
        let greeting = chance.phrase(self.greetings);
        let opening = chance.phrase(self.script(intent).openings);
        let tail = chance.phrase(self.tails);
        facts.fill(&format!("{greeting}{opening}{tail}"))
    }

    /// An answer of the AI agent, a different one in each turn.
    pub(super) fn answer(
        &self,
        intent: &str,
        turn: u8,
        facts: &Facts,
        chance: &mut Chance,
    ) -> String {
        let answers = self.script(intent).answers;
        let lead = chance.phrase(self.leads);
        facts.fill(&format!("{lead}{}", answers[usize::from(turn) % answers.len()]))
    }

    /// The AI agent does not know.
    pub(super) fn fallback(&self, turn: u8) -> String {
        self.fallbacks[usize::from(turn) % self.fallbacks.len()].to_owned()
    }

    /// The AI agent asks for a fact.
    pub(super) fn question(&self, slot: &str) -> String {
        let [order, product, card, postcode, email] = self.slots;
        let name = match slot {
            "order_number" => order,
            "card_type" => card,
            "postcode" => postcode,
            "email" => email,
            _ => product,
        };
        self.question.replace("{slot}", name)
    }

    /// The customer states it.
    pub(super) fn fact(&self, slot: &str, facts: &Facts, chance: &mut Chance) -> String {
        facts.fill(chance.phrase(match slot {
            "order_number" => self.order_numbers,
            "card_type" => self.cards,
            "postcode" => self.postcodes,
            "email" => self.emails,
            _ => self.products,
        }))
    }

    /// The customer goes on.
    pub(super) fn reply(&self, chance: &mut Chance) -> String {
        format!("{}{}", chance.phrase(self.reply_starts), chance.phrase(self.reply_ends))
    }

    fn script(&self, intent: &str) -> &Script {
        self.scripts.iter().find(|script| script.intent == intent).unwrap_or(&self.scripts[0])
    }
}

#[cfg(test)]
mod tests {
    use crate::simulate::centre::{INTENTS, LANGUAGES};

    #[test]
    fn every_language_has_words_for_every_intent() {
        for (language, _) in LANGUAGES {
            for intent in &INTENTS {
                let script = language.book().script(intent.name);
                assert_eq!(script.intent, intent.name, "{language:?}");
                assert!(script.openings.len() >= 2 && script.answers.len() >= 2, "{}", intent.name);
                assert!(!language.book().question(intent.slot).contains('{'), "{language:?}");
            }
        }
    }
}
