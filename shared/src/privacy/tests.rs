use proptest::prelude::*;

use super::{Kind, Known, PRECEDENCE, find, mask, mask_known};

#[test]
fn each_kind_has_its_placeholder_and_place() {
    for kind in Kind::ALL {
        assert_eq!(kind.placeholder(), format!("[{}]", kind.as_str()));
        let places = PRECEDENCE.iter().filter(|(placed, _)| *placed == kind).count();
        assert_eq!(places, usize::from(kind != Kind::Identifier), "{kind:?}");
    }
}

#[test]
fn masks() {
    let cases = [
        ("mail a@b.co or call +1 415 555 2671 now", "mail [email] or call [phone] now"),
        ("pay 4111 1111 1111 1111, not GB82 WEST 1234 5698 7654 32", "pay [card], not [iban]"),
        ("from 10.0.0.1 with Bearer abc.def", "from [ip] with Bearer [secret]"),
        ("+44 20 7946 0958 4111-1111-1111-1111", "[phone] [card]"),
        ("password=jo@example.com", "password=[secret]"),
        (r#"{"mail":"a@b.co","tel":"+4930123456"}"#, r#"{"mail":"[email]","tel":"[phone]"}"#),
        (r"line\n4111111111111111\nline", r"line\n[card]\nline"),
        ("电话+8613800138000，邮箱wang@example.cn", "电话[phone]，邮箱[email]"),
        ("[phone] and [secret] stay", "[phone] and [secret] stay"),
        ("[a@b.co]", "[[email]]"),
    ];
    for (text, expected) in cases {
        assert_eq!(mask(text), expected);
    }
}

/// Cases in which a masked neighbour once let something be found that was not found before.
#[test]
fn a_masked_neighbour_reveals_nothing() {
    let cases = [
        "01711234567:fe80::1",
        "1.2.3.4:fe80::1",
        "0171 1234567..1.2.3.4",
        "+1 415 555 2671 4111 1111 1111 1111",
        "+49 30 1234567 030 7654321",
        "abcdefghijklmnopqrstuvwxyz0123456789@b.co",
        "my name is versionmy name is token: ",
        "my password is Bearer Hauptstraße a@b",
        "-----BEGIN PRIVATE KEY-----GB82WEST12345698765432",
        "+441011512(AB123456C, IL 62704",
        "code is 10115sk-10.0.0.1(11) ",
        "SW1A 1AA Berlinsk-SW1A 1AA?sig=",
        "SW1A 1AA-10.0.0.1",
    ];
    for text in cases {
        let once = mask(text);
        assert_eq!(mask(&once), once, "from {text}");
    }
}

#[test]
fn a_street_does_not_reach_over_what_is_taken() {
    for (text, expected) in [
        ("Str:p@x.ex/r 1", "Str:[email]/r 1"),
        ("Str:[email]/r 1", "Str:[email]/r 1"),
        ("Straße: jo@example.com Am Markt 5", "Straße: [email] Am Markt 5"),
    ] {
        assert_eq!(mask(text), expected);
    }
}

#[test]
fn everyday_numbers_and_identifiers_are_kept() {
    let cases = [
        "",
        "Where is my order 8400123456? It was 1,299.00 EUR on 2024-05-06 at 10:30.",
        "2024-05-06T07:08:09.123456Z 2024-05-06T07:08:09+02:00 05.06.2024 07:08",
        "990101-33116-0 conv-12345678 ORD-2024-000123 INV_0123456789 #0123456789",
        "123e4567-e89b-12d3-a456-426614174000 conv-123e4567-e89b-12d3-a456-426614174000",
        "anthropic/claude-3-5-sonnet-20241022 at https://example.com/help/articles/360012345-a",
        "v1.2.3 1.2.3 version 1.2.3.4 1700000000 1700000000123 std::net 12:30:45",
        r#"{"score":0.4111111111111111,"max_tokens":512}"#,
        "I paid 1.299,00 € on 3 May 2026 at 18:45, and 20 pounds on the way; 3 x 49.90 EUR",
        "Am 12. Mai 2026 um 9 Uhr habe ich 2 Karten für 35 Euro bestellt, Rechnung 2026-004711",
        "J'ai payé 12 fois 35 € en 2025, commande n° 4711, vol AF 1234 du 3 mars à 18h45",
        "Pagué 3 cuotas de 49,90 en mayo, pedido 8400123456, vuelo IB 3170",
        "Ho pagato 3 rate da 49,90 via PayPal 2 giorni fa; ordine 8400123456, volo AZ 611",
        "flight BA 2490, gate B12, seat 14C, booking reference X7K9QP, train ICE 578",
        "iPhone 15 Pro, Windows 11 Home, Galaxy S24 Ultra, Office 365, USB 3.2, WiFi 6E, A4 paper",
        "error code 404, promo code SAVE20, code of conduct, area code 415, the code is wrong",
        "my password is wrong, it is not accepted; the password was reset 2 days ago",
        "my name is misspelled and my address is out of date. Is this normal?",
        "Dear customer, dear team, hello there, hi all, thanks in advance. Kind regards",
        "I am still waiting. I'm not happy. This is urgent. This is the second time",
        "tax of 19 %, insurance for 12 months, passport control at 10:30, my tax is 1,250.00",
        "call me in 10 minutes, call 2 people, phone 15 Pro, text me at 10:30 on 2026-05-06",
        "2 weeks in court, the 3 musketeers drive, 24 hours a day, 5 stars, top 10 places",
    ];
    for text in cases {
        assert!(matches!(mask(text), std::borrow::Cow::Borrowed(_)), "{}", mask(text));
    }
}

/// Pieces that make detectors meet: halves of findings, separators, placeholders, wide text.
#[rustfmt::skip]
const PIECES: [&str; 133] = [
    " ", " ", "-", ".", ":", "/", "(", ")", "+", "@", "=", "\"", "\\", "\n", "\\n", "'", ",",
    "[email]", "[phone]", "[secret]", "[", "]", "é", "\u{a0}", "\u{2011}", "号", "a", "x", "0",
    "1", "12", "020", "415", "555", "2671", "0958", "4111", "1111", "+44", "00",
    "4111111111111111", "GB82", "WEST12345698765432", "a@b", "b.co", "10.0.0.1", "fe80::1",
    "::", "password", "token:", "api key", "Bearer ", "eyJhbGciOi", "sk-", "ghp_",
    "AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----", "abcdefgh12345678",
    "123e4567-e89b-12d3-a456-426614174000", "version", "用户", "иван", ".рф", ".公司", "1111.",
    "@",
    "my name is ", "Anna", "schmidt", "Müller", " van de ", "Dear ", "Mr. ", "this is ", "speaking",
    "Regards,\n", "Name: ", "O'", "is", "not", "12", "12a", " High Street", "Hauptstraße ", "rue de la ",
    "Calle ", "via ", "10115", " Berlin", "SW1A 1AA", "1012 AB", ", IL 62704", "postcode ", "I live at ",
    "Apt 4B", "code is ", "PIN ", "123456", " is your login code", "G-", "enter ", " to verify", "SSN ",
    "123-45-6789", "AB123456C", "12345678Z", "85.07.30-033.28", "BSN: ", "111222333", "tax ", "passport ",
    "C01X00T47", "call ", "phone ", "(11) ", "91234-5678", "my password is ", "hunter2", "wrong", "sunshine",
    "https://", "u:p@h", "?sig=", "&key=", "/reset/", "abc123def456", "%", "#", "º", "[name]", "[address]",
    "c-4711", "88001234",
];

fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24);
    prop_oneof![
        4 => pieces.prop_map(|pieces| pieces.concat()),
        2 => "[-0-9+(). /:]{0,60}",
        1 => "[a-z0-9@.=:\\[\\] -]{0,60}",
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn masking_twice_is_masking_once(text in texts()) {
        let once = mask(&text).into_owned();
        prop_assert_eq!(mask(&once).into_owned(), once);
    }

    #[test]
    fn what_is_known_reveals_nothing_when_it_is_masked(text in texts()) {
        let mut known = Known::default();
        known.identifier("c-4711");
        known.identifier("88001234");
        known.name("Anna Müller");
        let once = mask_known(&text, &known).into_owned();
        prop_assert_eq!(mask_known(&once, &known).into_owned(), once.clone());
        prop_assert_eq!(mask(&once).into_owned(), once);
    }

    #[test]
    fn findings_are_in_order_disjoint_and_on_character_boundaries(text in texts()) {
        let mut rest = 0;
        for finding in find(&text) {
            prop_assert!(rest <= finding.start && finding.start < finding.end);
            prop_assert!(text.get(finding.start..finding.end).is_some());
            rest = finding.end;
        }
    }
}
