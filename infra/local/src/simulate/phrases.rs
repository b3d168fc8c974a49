//! What people write. Sentences are put together from parts, so that no two customers sound quite
//! alike. Some hold an e-mail address or a telephone number from the ranges reserved for fiction,
//! so that masking has something to do.

use super::chance::Chance;

/// What a customer knows and writes about.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    order: String,
    email: String,
    phone: String,
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

const GREETINGS: [&str; 6] = ["", "", "Hi, ", "Hello, ", "Good day, ", "Hey, "];

const TAILS: [&str; 10] = [
    "",
    "",
    "",
    "",
    " Thank you.",
    " Please help.",
    " I could not find this on your pages.",
    " You can write to {email}.",
    " My number is {phone}.",
    " The account is under {email}.",
];

/// The sentences of one intent.
struct Script {
    intent: &'static str,
    openings: &'static [&'static str],
    /// In the order of the turns; no two in a row are the same.
    answers: &'static [&'static str],
}

const SCRIPTS: [Script; 9] = [
    Script {
        intent: "order_status",
        openings: &[
            "where is my order {order}?",
            "I ordered a week ago, number {order}, and have heard nothing since.",
            "can you tell me when {order} will arrive?",
            "the tracking page for {order} has not moved for two days.",
            "has my parcel {order} been sent yet?",
        ],
        answers: &[
            "Order {order} left our warehouse this morning and should reach you within two days.",
            "The carrier has order {order} in the last depot before your address.",
            "You can follow {order} with the link in the confirmation that we sent you.",
        ],
    },
    Script {
        intent: "refund_status",
        openings: &[
            "I sent back {order} and wait for my refund.",
            "when will the money for {order} be on my account?",
            "what is the status of my refund for order {order}?",
            "you confirmed a refund for {order}, but my bank shows nothing.",
            "is my refund for {order} on its way?",
        ],
        answers: &[
            "The refund for {order} was approved; banks take three to five working days to book it.",
            "I see your parcel for {order} at our returns desk, and the refund is being prepared.",
            "The amount goes back to the card that you paid {order} with.",
        ],
    },
    Script {
        intent: "return_item",
        openings: &[
            "how do I send something back from {order}?",
            "the shoes from {order} are too small and I would like to return them.",
            "I need a return label for {order}.",
            "can I still return {order} after three weeks?",
            "I want to swap the jacket of {order} for a larger one.",
        ],
        answers: &[
            "You can return {order} within 30 days; the label is in your account under Returns.",
            "Put the label on the box and hand it in at any parcel shop near you.",
            "Once {order} has reached us, the exchange leaves on the same day.",
        ],
    },
    Script {
        intent: "delivery_problem",
        openings: &[
            "the parcel {order} is marked as delivered, but nothing is here.",
            "my order {order} arrived damaged.",
            "half of {order} is missing from the box.",
            "the courier left {order} with a neighbour I do not know.",
            "you delivered the wrong item for {order}.",
        ],
        answers: &[
            "I have opened an inquiry with the carrier about {order}.",
            "We will send the missing part of {order} again, free of charge.",
            "Please keep the box of {order} until the carrier has looked at it.",
        ],
    },
    Script {
        intent: "product_question",
        openings: &[
            "is the blue backpack waterproof?",
            "does the desk lamp come with a bulb?",
            "which size of the rain jacket fits a height of 182 cm?",
            "will the ceramic pan work on an induction hob?",
            "when will the oak shelf be back in stock?",
        ],
        answers: &[
            "Yes, the description lists it among the materials and features of the article.",
            "For most customers the next larger size is the better choice.",
            "It will be back in about two weeks; you can have yourself reminded on its page.",
        ],
    },
    Script {
        intent: "payment_failed",
        openings: &[
            "my card was refused when I paid for {order}.",
            "I was charged twice for {order}.",
            "the payment page shows an error for {order} again and again.",
            "why is my payment for {order} still pending?",
            "the voucher was not taken off the price of {order}.",
        ],
        answers: &[
            "The first charge for {order} was only a reservation and expires within three days.",
            "Your bank asks for a second confirmation; please try once more with its app open.",
            "I have sent you a new payment link for {order}, valid until tomorrow.",
        ],
    },
    Script {
        intent: "change_address",
        openings: &[
            "I have moved and {order} must go to my new address.",
            "can you change the delivery address of {order}?",
            "I made a mistake in the street of order {order}.",
            "please send {order} to my office instead.",
        ],
        answers: &[
            "The address of {order} can be changed in your account until it leaves the warehouse.",
            "I have noted the new address for {order}; you will get a new confirmation.",
            "For later orders, please change the standard address in your account, too.",
        ],
    },
    Script {
        intent: "account_login",
        openings: &[
            "I can not sign in with {email} any more.",
            "the reset mail to {email} never arrives.",
            "my account {email} is locked.",
            "the code that you text to {phone} does not work.",
        ],
        answers: &[
            "I have sent a new link; it is valid for one hour, so please look into the spam folder.",
            "After five attempts an account is locked for 30 minutes, then it opens by itself.",
            "Please ask for a new code and use it within ten minutes.",
        ],
    },
    Script {
        intent: "cancel_order",
        openings: &[
            "please cancel order {order}.",
            "I ordered {order} twice by mistake and want to cancel one.",
            "can I still stop {order} before it is sent?",
            "I do not need {order} any more.",
        ],
        answers: &[
            "Order {order} has not been packed yet, so I can cancel it for you.",
            "Done: {order} is cancelled and the reservation on your card is lifted.",
            "You will get the confirmation for {order} by mail within a few minutes.",
        ],
    },
];

fn script(intent: &str) -> &'static Script {
    SCRIPTS.iter().find(|script| script.intent == intent).unwrap_or(&SCRIPTS[0])
}

/// The customer's first message.
pub(super) fn opening(intent: &str, facts: &Facts, chance: &mut Chance) -> String {
    let greeting = chance.phrase(&GREETINGS);
    let opening = chance.phrase(script(intent).openings);
    let tail = chance.phrase(&TAILS);
    facts.fill(&format!("{greeting}{opening}{tail}"))
}

/// An answer of the AI agent, a different one in each turn.
pub(super) fn answer(intent: &str, turn: u8, facts: &Facts, chance: &mut Chance) -> String {
    let answers = script(intent).answers;
    let lead =
        chance.phrase(&["", "", "Thank you for waiting. ", "Let me see. ", "I have looked. "]);
    facts.fill(&format!("{lead}{}", answers[usize::from(turn) % answers.len()]))
}

/// The AI agent does not know.
pub(super) fn fallback(turn: u8) -> String {
    let phrases = [
        "Sorry, I did not understand that. Could you put it another way?",
        "I am not sure what you mean. Which order is it about?",
        "I have no answer to that yet.",
    ];
    phrases[usize::from(turn) % phrases.len()].to_owned()
}

/// The AI agent's model did not answer.
pub(super) fn failure() -> String {
    "Something went wrong on our side. Please try again in a moment.".to_owned()
}

/// The AI agent asks for a fact.
pub(super) fn question(slot: &str) -> String {
    format!("Happy to help. Could you tell me the {} first?", slot.replace('_', " "))
}

/// The customer states it.
pub(super) fn fact(slot: &str, facts: &Facts, chance: &mut Chance) -> String {
    let sentence = match slot {
        "order_number" => chance.phrase(&["It is {order}.", "{order}", "The number is {order}."]),
        "email" => chance.phrase(&["{email}", "It is {email}.", "I use {email} for everything."]),
        "postcode" => "The new postcode is SW1A 2AA.",
        "card_type" => "A debit card of my bank.",
        _ => "The one on your front page.",
    };
    facts.fill(sentence)
}

/// The customer goes on.
pub(super) fn reply(chance: &mut Chance) -> String {
    let starts = ["Okay, ", "I see, ", "Right, ", "Good, ", "Hm, "];
    let ends = [
        "and what do I have to do now?",
        "how long will that take?",
        "will I get a confirmation of that?",
        "and does that cost anything?",
        "could you check that once more for me?",
        "and if it does not work?",
    ];
    format!("{}{}", chance.phrase(&starts), chance.phrase(&ends))
}

/// The customer is content.
pub(super) const THANKS: [&str; 5] = [
    "Perfect, thank you very much!",
    "Great, that helped.",
    "Thanks, that is all I wanted to know.",
    "Wonderful, thank you.",
    "Good, thanks for the quick answer.",
];

/// The customer gives up.
pub(super) const RESIGNATION: [&str; 4] = [
    "That does not help me. Never mind.",
    "I will try again some other time.",
    "No, this is not what I asked for.",
    "Then I have to look elsewhere.",
];

/// The customer wants a person.
pub(super) const REQUEST_FOR_A_PERSON: [&str; 4] = [
    "Can I talk to a human, please?",
    "I would rather talk to a person.",
    "Please connect me to an agent.",
    "Agent please.",
];

/// The customer wants a person at once.
pub(super) const ANGER: [&str; 6] = [
    "This is wrong and useless. Agent please!",
    "agent please",
    "That is not what I asked. I want to talk to a human now.",
    "Terrible answer. Agent please, this is urgent.",
    "No!! My money is gone and you tell me that? Agent please.",
    "You are no help at all. Let me speak to a person.",
];

/// A flawed version has nothing to say.
pub(super) fn flawed_fallback(chance: &mut Chance) -> String {
    let subject = chance.phrase(&["your request", "this refund", "that question", "this matter"]);
    let rest = chance.phrase(&[
        "I can not help with {}. Please try again later.",
        "I have no information about {}.",
        "Sorry, I did not understand {}.",
    ]);
    rest.replace("{}", subject)
}

/// A flawed version is sure of something untrue.
pub(super) fn wrong_answer(chance: &mut Chance) -> String {
    let lead = chance.phrase(&["", "Good news: ", "I have checked this. "]);
    let claim = chance.phrase(&[
        "Refunds are only paid as vouchers that expire today.",
        "Your refund was paid out last year.",
        "You never returned anything, so no refund is due.",
    ]);
    format!("{lead}{claim}")
}

/// A person takes over.
pub(super) const HUMAN_GREETING: [&str; 4] = [
    "Hello, I have read what you wrote so far and will look into it.",
    "Good day, I am taking over from the assistant.",
    "Hi, thank you for your patience. Let me see what I can do.",
    "Hello, sorry for the trouble. I am on it.",
];

/// A person works on it.
pub(super) const HUMAN_ANSWER: [&str; 5] = [
    "I can see the case in front of me and have corrected the entry.",
    "I have asked the warehouse, they will confirm today.",
    "I have released it by hand, so it will not be held up again.",
    "The team in charge gives this one priority now.",
    "I have added a note, so that you need not explain it again.",
];

/// A person says goodbye.
pub(super) const HUMAN_FAREWELL: [&str; 3] = [
    "Is there anything else? If not, have a good day.",
    "That should do it. Take care.",
    "You will get the confirmation by mail. Goodbye.",
];

/// The customer returns to a case that was closed.
pub(super) const REOPENING: [&str; 3] = [
    "It still does not work, please look at it again.",
    "Nothing has arrived after all.",
    "I have to come back to this, it is not solved.",
];

/// It is solved again.
pub(super) const SECOND_SOLUTION: [&str; 2] = [
    "We have looked at your case again and put it right.",
    "The correction has been booked now. We are sorry for the delay.",
];
