//! `tocsin mask`: what ingest would leave of a text.

use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};

use tocsin_domain::privacy;

/// What is said beside the masked text.
#[derive(clap::Args)]
#[command(after_help = "\
Each line in is one line out, as ingest would store it; bytes that are not UTF-8 become the
replacement character. With --explain each line is followed by what was found in it: characters are
counted from 1, and nothing that was masked is repeated.

Example: echo 'my name is Ada Osei, call +1 415 555 2671' | tocsin mask --explain")]
pub(crate) struct Args {
    /// Says what was found where
    #[arg(long)]
    explain: bool,
}

/// Masks standard input. A reader that has seen enough ends it.
pub(crate) fn run(args: &Args) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = mask_lines(io::stdin().lock(), &mut out, args.explain).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn mask_lines(text: impl Read, out: &mut impl Write, explain: bool) -> io::Result<()> {
    let mut text = BufReader::new(text);
    let mut bytes = Vec::new();
    let mut number = 0;
    while text.read_until(b'\n', &mut bytes)? > 0 {
        number += 1;
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\r', '\n']);
        writeln!(out, "{}", privacy::mask(line))?;
        if explain {
            explain_line(number, line, out)?;
        }
        if text.buffer().is_empty() {
            // Nothing waits to be read: who types sees the answer.
            out.flush()?;
        }
        bytes.clear();
    }
    Ok(())
}

fn explain_line(number: usize, line: &str, out: &mut impl Write) -> io::Result<()> {
    // Findings are in order, so that each character is counted once.
    let (mut counted, mut n_chars) = (0, 0);
    for finding in privacy::find(line) {
        let first = n_chars + line[counted..finding.start].chars().count() + 1;
        let last = first + line[finding.start..finding.end].chars().count() - 1;
        writeln!(out, "  line {number}, characters {first} to {last}: {}", finding.kind.as_str())?;
        (counted, n_chars) = (finding.end, last);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &[u8], explain: bool, expected: &str) {
        let mut out = Vec::new();
        mask_lines(text, &mut out, explain).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn each_line_comes_out_masked() {
        check(b"", false, "");
        check(b"hello\n\nmail a@b.co", false, "hello\n\nmail [email]\n");
        check(b"call +1 415 555 2671\r\nok\n", false, "call [phone]\nok\n");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        check(b"\xff\xfe a@b.co \xc3\n", false, "\u{fffd}\u{fffd} [email] \u{fffd}\n");
    }

    #[test]
    fn what_was_found_is_explained_by_kind_and_characters_and_not_repeated() {
        let text = "nothing\nüß a@b.co, PIN 4821\n";
        let expected = "nothing\nüß [email], PIN [code]\n  line 2, characters 4 to 9: email\n  \
                        line 2, characters 16 to 19: code\n";
        check(text.as_bytes(), true, expected);
    }
}
