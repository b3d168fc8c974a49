//! Masking takes time in proportion to the length of the text, whatever the text is. The time is that of
//! the processor, so that it is nobody else's.

use std::time::Duration;

use cpu_time::ThreadTime;
use tocsin_domain::privacy::mask;

/// Texts that make a detector begin again and again, each repeated to the length wanted.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "1", "0", "4111 ", "4111-", "1 ", "12 ", "1.", "1:", "+", "+1", "(", "()", "00", "020 ", "@", "a@", "a@b.", "a@b.c", ".", "-", ":", "::",
    "http://", "https://a:", "://u:p", "?key=", "&token=", "=", "password", "password ", "password: ", "password is ", "password \"", "password '",
    "my name is ", "name is not ", "name on the ", "Name: ", "Dear ", "Dear Mr. ", "Mr. ", "this is Anna ", "I am Anna ", "Anna ", "Anna-", "van de ", "van ", "Regards,\n", "Thanks,\n",
    "12 High ", "12 ", "1 a ", "High Street ", "Calle ", "Calle Mayor ", "via ", "rue de la ", "12 rue de ", "Straße ", "Am Alten ", "straße", "Springfield, IL ", "SW1A 1A", "1012 ", "12345 Ab ", "Apt ", "postcode ", "live ",
    "code ", "code is ", "code to log in ", "PIN ", "123456 is your ", "enter ", "123 456 ", "G-", "tax ", "SSN ", "passport number ", "123-45-", "AB 12 34 ", "12345678", "A1", "A1 ", "call ", "phone 12 ",
    "Bearer ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "eyJ", "eyJhbGciOiJI.", "sk-", "/reset/", "/a", "123e4567-e89b-", "GB82 WEST ", "[", "[email]", "[name][", "[[name]", "é", "号", "\u{a0}", "😀", "\\n", "\"", "'", "a", "a ", "ab",
];

fn fastest(text: &str) -> Duration {
    let run = |_| {
        let start = ThreadTime::now();
        std::hint::black_box(mask(text));
        start.elapsed()
    };
    (0..3).map(run).min().unwrap()
}

/// Eight times the length may take no more than three times eight times as long: what is quadratic
/// takes 64 times as long. A text that fails is measured again, since machines are shared.
#[test]
fn time_is_in_proportion_to_length_on_hostile_texts() {
    let mut worst = (0.0, "");
    for piece in PIECES {
        let text = |bytes: usize| piece.repeat(bytes / piece.len() + 1);
        let (short, long) = (text(8 << 10), text(64 << 10));
        let ratio = || fastest(&long).as_secs_f64() / fastest(&short).as_secs_f64();
        let measured = (0..5).map(|_| ratio()).find(|ratio| *ratio < 16.0);
        let ratio = measured.unwrap_or_else(ratio);
        if ratio > worst.0 {
            worst = (ratio, piece);
        }
        assert!(
            ratio < 24.0,
            "{piece:?} repeated: 8 times the length takes {ratio:.1} times as long"
        );
    }
    println!("8 times the length takes at most {:.1} times as long ({:?})", worst.0, worst.1);
}

/// A text of any kind is masked at some megabytes a second at least, in a build for tests too.
#[test]
fn no_text_is_slow() {
    let mut slowest = (Duration::ZERO, "");
    for piece in PIECES {
        let text = piece.repeat((64 << 10) / piece.len());
        slowest = slowest.max((fastest(&text), piece));
    }
    println!("64 KiB take at most {:?} ({:?})", slowest.0, slowest.1);
    assert!(slowest.0 < Duration::from_millis(500), "{slowest:?}");
}
