use super::*;

#[track_caller]
fn check(asks: &[&str], others: &[&str]) {
    let policy = Policy::default();
    let missed: Vec<_> = asks.iter().filter(|text| !asks_for_person(text, &policy)).collect();
    let wrong: Vec<_> = others.iter().filter(|text| asks_for_person(text, &policy)).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "missed {missed:#?}\nwrong {wrong:#?}");
}

#[test]
fn english() {
    check(
        &[
            "agent please",
            "Agent.",
            "REPRESENTATIVE!!!",
            "operator",
            "human",
            "real person",
            "A real person, please",
            "Hi, live agent please",
            "no, a human being",
            "talk to a human",
            "I want to talk to a human",
            "Can I please speak with someone about my mortgage?",
            "I'd like to chat with a real live person now",
            "could you connect me to an agent",
            "please transfer me to customer service",
            "put me through to a representative",
            "just get me a human",
            "How do I speak to a person?",
            "I need an agent",
            "i just want a human who can help me with this",
            "Can I have a supervisor please",
            "is there anybody I can talk to? is there a human i can speak to",
            "This bot is useless. Representative.",
            "No, I want to speak to a manager!",
            "I don't want a bot, I want to talk to a person",
            "escalate this to a manager",
            "stop repeating yourself and let me speak to an actual human being",
        ],
        &[
            "I am an agent",
            "I am a real person",
            "I'm an agent, please help me with my account",
            "the agent told me it would arrive on Monday",
            "Your representative was very rude",
            "I talked to an agent yesterday",
            "I already spoke with someone about this",
            "the agent told me to speak to a representative in the shop",
            "I don't want to talk to a human",
            "I do not need to speak with an agent",
            "do I have to talk to someone to close my account?",
            "I need someone to explain the fee",
            "can someone help me with my card",
            "I sent money to a person and they have not received it",
            "I need a person's name for the form",
            "my travel agent booked it",
            "I want agent fees refunded",
            "Is there a human resources department?",
            "I was able to talk to a representative",
            "customer service was great",
            "The operator of the machine kept my card",
            "thanks, goodbye",
            "",
        ],
    );
}

#[test]
fn german() {
    check(
        &[
            "Mitarbeiter bitte",
            "Mensch!",
            "Ich möchte mit einem Menschen sprechen",
            "ich will jetzt mit einem echten Mitarbeiter reden",
            "Kann ich bitte mit jemandem sprechen?",
            "Verbinden Sie mich bitte mit einem Kundenberater.",
            "Bitte mit einem Mitarbeiter verbinden",
            "Ich brauche einen Berater",
            "kann ich jemanden sprechen",
            "Nein, ich moechte mit einer Person telefonieren",
            "Echter Mensch bitte",
        ],
        &[
            "Ich habe gestern mit einem Mitarbeiter gesprochen",
            "Ihr Mitarbeiter hat mir gesagt, dass es am Montag kommt",
            "Ich bin Mitarbeiter der Firma",
            "Ich will nicht mit einem Menschen sprechen",
            "Muss ich dafür mit einem Mitarbeiter sprechen?",
            "Ich brauche einen Mitarbeiterausweis",
            "Die Person hat das Geld nicht erhalten",
            "Jemand hat meine Karte gestohlen",
        ],
    );
}

#[test]
fn french() {
    check(
        &[
            "un conseiller s'il vous plaît",
            "Humain",
            "Je veux parler à un humain",
            "je voudrais parler avec une vraie personne",
            "Puis-je parler à quelqu'un ?",
            "Mettez-moi en relation avec un conseiller",
            "passez-moi un responsable",
            "Bonjour, est-ce que je peux discuter avec un agent ?",
            "je veux un conseiller humain",
            "j'aimerais être mis en contact avec un opérateur",
        ],
        &[
            "J'ai parlé à un conseiller hier",
            "Le conseiller m'a dit que c'était bon",
            "je suis agent immobilier",
            "Je ne veux pas parler à un conseiller",
            "je n'ai pu parler à personne",
            "Dois-je parler à un conseiller pour fermer mon compte ?",
            "La personne n'a pas reçu l'argent",
            "quelqu'un a volé ma carte",
        ],
    );
}

#[test]
fn spanish() {
    check(
        &[
            "agente por favor",
            "Quiero hablar con una persona",
            "¿Puedo hablar con alguien?",
            "necesito hablar con un agente humano",
            "páseme con un operador",
            "¿Me puede comunicar con un asesor?",
            "No, quiero hablar con una persona real",
            "persona real",
            "quiero un humano",
        ],
        &[
            "Ayer hablé con un agente",
            "el agente me dijo que llegaba hoy",
            "soy agente de viajes",
            "no quiero hablar con nadie, no quiero hablar con un agente",
            "¿Tengo que hablar con alguien para cerrar la cuenta?",
            "envié dinero a una persona",
            "alguien robó mi tarjeta",
        ],
    );
}

#[test]
fn italian() {
    check(
        &[
            "operatore",
            "Operatore per favore",
            "Vorrei parlare con un operatore",
            "posso parlare con qualcuno?",
            "voglio parlare con una persona vera",
            "mi passi un responsabile",
            "mettimi in contatto con un consulente",
            "un essere umano, grazie",
        ],
        &[
            "Ho parlato con un operatore ieri",
            "l'operatore mi ha detto di aspettare",
            "sono un agente immobiliare",
            "non voglio parlare con un operatore",
            "qualcuno ha rubato la mia carta",
            "la persona non ha ricevuto i soldi",
        ],
    );
}

#[test]
fn portuguese() {
    check(
        &[
            "atendente",
            "Atendente, por favor",
            "Quero falar com um atendente",
            "posso falar com alguém?",
            "gostaria de falar com uma pessoa de verdade",
            "me transfira para um humano",
            "quero ser atendido por uma pessoa",
            "pessoa real por favor",
        ],
        &[
            "Falei com um atendente ontem",
            "o atendente me disse que chegava hoje",
            "sou agente de viagens",
            "não quero falar com um atendente",
            "tenho que falar com alguém para cancelar?",
            "alguém roubou meu cartão",
            "enviei dinheiro para uma pessoa",
        ],
    );
}

#[test]
fn dutch() {
    check(
        &[
            "medewerker",
            "Medewerker alstublieft",
            "Ik wil een medewerker spreken",
            "kan ik met iemand praten?",
            "Verbind mij door met een medewerker",
            "ik wil graag met een echt persoon spreken",
            "ik wil met een mens praten",
            "Nee, ik heb een mens nodig",
        ],
        &[
            "Ik heb gisteren met een medewerker gesproken",
            "de medewerker zei dat het vandaag kwam",
            "ik ben medewerker van de winkel",
            "ik wil niet met een medewerker praten",
            "Moet ik met iemand praten om op te zeggen?",
            "iemand heeft mijn kaart gestolen",
        ],
    );
}

#[test]
fn every_way_to_ask_names_somebody() {
    for ask in LANGUAGES.iter().flat_map(|language| language.asks) {
        let mut words = ask.split(|letter: char| !letter.is_ascii_alphabetic());
        let is_named = ["{p}", "{s}"].iter().any(|name| ask.contains(name));
        assert!(is_named || words.any(|word| NAMED.is_match(word.as_bytes())), "{ask}");
    }
}

#[test]
fn a_tenants_own_phrases_are_added_and_taken_out() {
    let yaml = "person: {also: [beam me up], except: [speak to an agent about a house]}";
    let policy = Policy::parse(yaml).unwrap();
    for (text, expected) in [
        ("Please BEAM me up!", true),
        ("beam me upwards", false),
        ("I want to speak to an agent about a house", false),
        ("I want to speak to an agent", true),
    ] {
        assert_eq!(asks_for_person(text, &policy), expected, "{text}");
    }
}

#[test]
fn hostile_texts_are_read_in_time_linear_in_their_length() {
    let policy = Policy::default();
    for piece in ["talk to a ", "don t ", "a real live ", "mit einem ", "agent ", "a. ", "\u{301}"]
    {
        let text = piece.repeat((64 << 10) / piece.len());
        let started = std::time::Instant::now();
        asks_for_person(&text, &policy);
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "{piece}");
    }
}
