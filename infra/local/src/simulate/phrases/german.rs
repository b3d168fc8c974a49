//! German.

use super::{Book, Script};

pub(super) static BOOK: Book = Book {
    greetings: &["", "", "Hallo, ", "Guten Tag, ", "Moin, "],
    tails: &[
        "",
        "",
        "",
        " Danke im Voraus.",
        " Bitte um Hilfe.",
        " Auf Ihren Seiten finde ich dazu nichts.",
        " Sie erreichen mich unter {email}.",
        " Meine Nummer ist {phone}.",
    ],
    scripts: [
        Script {
            intent: "order_status",
            openings: &[
                "wo bleibt meine Bestellung {order}?",
                "wann kommt {order} bei mir an?",
                "die Sendungsverfolgung von {order} steht seit zwei Tagen still.",
            ],
            answers: &[
                "Die Bestellung {order} hat heute früh unser Lager verlassen.",
                "Der Paketdienst hat {order} im letzten Depot vor Ihrer Adresse.",
                "Den Link zur Sendung {order} finden Sie in Ihrer Bestätigung.",
            ],
        },
        Script {
            intent: "refund_status",
            openings: &[
                "ich habe {order} zurückgeschickt und warte auf mein Geld.",
                "wann wird {order} erstattet?",
                "auf meinem Konto ist von der Erstattung für {order} nichts zu sehen.",
            ],
            answers: &[
                "Die Erstattung für {order} ist freigegeben; die Bank braucht bis zu fünf Werktage.",
                "Ihr Paket {order} liegt in der Retourenstelle, die Erstattung wird vorbereitet.",
                "Der Betrag geht auf die Karte zurück, mit der Sie {order} bezahlt haben.",
            ],
        },
        Script {
            intent: "return_item",
            openings: &[
                "wie schicke ich etwas aus {order} zurück?",
                "die Schuhe aus {order} sind zu klein.",
                "ich brauche ein Etikett für die Rücksendung von {order}.",
            ],
            answers: &[
                "Sie können {order} 30 Tage lang zurückgeben; das Etikett liegt in Ihrem Konto.",
                "Kleben Sie das Etikett auf den Karton und geben Sie ihn im Paketshop ab.",
                "Sobald {order} bei uns ist, geht der Umtausch am selben Tag hinaus.",
            ],
        },
        Script {
            intent: "delivery_problem",
            openings: &[
                "{order} gilt als zugestellt, aber hier ist nichts.",
                "meine Bestellung {order} kam beschädigt an.",
                "in {order} fehlt die Hälfte.",
            ],
            answers: &[
                "Ich habe beim Paketdienst einen Nachforschungsauftrag zu {order} gestellt.",
                "Wir schicken den fehlenden Teil von {order} kostenlos nach.",
                "Bitte bewahren Sie den Karton von {order} noch auf.",
            ],
        },
        Script {
            intent: "product_question",
            openings: &[
                "ist der blaue Rucksack wasserdicht?",
                "ist bei der Schreibtischlampe eine Birne dabei?",
                "wann gibt es das Eichenregal wieder?",
            ],
            answers: &[
                "Ja, das steht bei den Merkmalen in der Beschreibung des Artikels.",
                "Den meisten passt die nächste Größe besser.",
                "In etwa zwei Wochen; auf der Seite können Sie sich erinnern lassen.",
            ],
        },
        Script {
            intent: "payment_failed",
            openings: &[
                "meine Karte wurde bei {order} abgelehnt.",
                "{order} wurde zweimal abgebucht.",
                "warum ist meine Zahlung für {order} noch offen?",
            ],
            answers: &[
                "Die erste Buchung für {order} war nur vorgemerkt und verfällt in drei Tagen.",
                "Ihre Bank möchte eine zweite Bestätigung; bitte öffnen Sie deren App.",
                "Ich habe Ihnen für {order} einen neuen Zahlungslink geschickt.",
            ],
        },
        Script {
            intent: "change_address",
            openings: &[
                "ich bin umgezogen, {order} muss an die neue Adresse.",
                "bitte schicken Sie {order} in mein Büro.",
            ],
            answers: &[
                "Die Adresse von {order} können Sie bis zum Versand in Ihrem Konto ändern.",
                "Ich habe die neue Adresse für {order} notiert.",
            ],
        },
        Script {
            intent: "account_login",
            openings: &[
                "ich kann mich mit {email} nicht mehr anmelden.",
                "mein Konto {email} ist gesperrt.",
            ],
            answers: &[
                "Ich habe einen neuen Link geschickt; er gilt eine Stunde.",
                "Nach fünf Versuchen ist ein Konto 30 Minuten lang gesperrt.",
            ],
        },
        Script {
            intent: "cancel_order",
            openings: &["bitte stornieren Sie {order}.", "ich brauche {order} doch nicht."],
            answers: &[
                "{order} ist noch nicht gepackt, ich kann die Bestellung stornieren.",
                "Erledigt: {order} ist storniert.",
            ],
        },
    ],
    leads: &["", "", "Danke für Ihre Geduld. ", "Ich sehe nach. ", "Ich habe nachgesehen. "],
    fallbacks: [
        "Das habe ich leider nicht verstanden. Können Sie es anders sagen?",
        "Ich bin nicht sicher, was Sie meinen. Um welche Bestellung geht es?",
        "Darauf habe ich noch keine Antwort.",
    ],
    failure: "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es gleich noch einmal.",
    question: "Gern. Nennen Sie mir bitte zuerst: {slot}.",
    slots: ["die Bestellnummer", "den Artikel", "die Kartenart", "die Postleitzahl", "die E-Mail"],
    order_numbers: &["Das ist {order}.", "{order}", "Die Nummer lautet {order}."],
    emails: &["{email}", "Die Adresse ist {email}."],
    postcodes: &["Die neue ist 10115.", "20095 jetzt."],
    cards: &["Eine Debitkarte meiner Bank.", "Eine Kreditkarte."],
    products: &["Der auf Ihrer Startseite.", "Der zweite in der Liste."],
    reply_starts: &["Gut, ", "Verstehe, ", "Hm, ", "Okay, "],
    reply_ends: &[
        "und was muss ich jetzt tun?",
        "wie lange dauert das?",
        "bekomme ich dafür eine Bestätigung?",
        "und kostet das etwas?",
        "und wenn es nicht klappt?",
    ],
    thanks: &[
        "Wunderbar, vielen Dank!",
        "Danke, das hat geholfen.",
        "Mehr wollte ich nicht wissen, danke.",
    ],
    resignation: &[
        "Das hilft mir nicht. Lassen wir es.",
        "Ich versuche es ein andermal.",
        "Danach hatte ich nicht gefragt.",
    ],
    requests_for_a_person: &[
        "Kann ich bitte mit einem Menschen sprechen?",
        "Bitte verbinden Sie mich mit einem Mitarbeiter.",
        "Mitarbeiter bitte.",
    ],
    anger: &[
        "Das ist falsch und nutzlos. Einen Mitarbeiter bitte!",
        "Das habe ich nicht gefragt. Ich will mit einem Menschen sprechen.",
        "Nein!! Mein Geld ist weg, und dann so etwas?",
    ],
    flawed_fallbacks: &[
        "Bei dieser Erstattung kann ich nicht helfen. Bitte versuchen Sie es später.",
        "Dazu habe ich keine Informationen.",
        "Ihr Anliegen habe ich leider nicht verstanden.",
    ],
    wrong_answers: &[
        "Erstattet wird nur als Gutschein, der heute verfällt.",
        "Gute Nachricht: Das wurde schon voriges Jahr ausgezahlt.",
        "Diesen Artikel hat es bei uns nie gegeben.",
    ],
    human_greetings: &[
        "Guten Tag, ich habe alles gelesen und kümmere mich darum.",
        "Hallo, ich übernehme vom Assistenten.",
        "Entschuldigen Sie die Umstände, ich bin dran.",
    ],
    human_answers: &[
        "Ich sehe den Fall vor mir und habe den Eintrag berichtigt.",
        "Ich habe im Lager nachgefragt, sie bestätigen es heute.",
        "Ich habe es von Hand freigegeben.",
    ],
    human_farewells: &[
        "Kann ich sonst noch etwas tun? Wenn nicht, einen schönen Tag.",
        "Das sollte es gewesen sein. Alles Gute.",
    ],
    reopenings: &[
        "Es geht immer noch nicht, bitte sehen Sie noch einmal nach.",
        "Es ist doch nichts angekommen.",
    ],
    second_solutions: &[
        "Wir haben Ihren Fall noch einmal geprüft und in Ordnung gebracht.",
        "Die Berichtigung ist nun gebucht.",
    ],
};
