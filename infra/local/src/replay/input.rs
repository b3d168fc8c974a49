//! Reading: files, one behind the other, into events as they were written.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, IsTerminal, Read},
    path::PathBuf,
    sync::Arc,
};

use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserializer, de};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{ReplayError, send::MAX_BODY};

/// Events read ahead of the sender.
pub(super) const READ_AHEAD: usize = 2_000;

/// One source of events, opened.
pub(crate) struct Input {
    /// How messages name it.
    pub(super) name: Arc<str>,
    /// Bytes on disk, for a regular file.
    pub(super) size: Option<u64>,
    pub(super) reader: Box<dyn Read + Send>,
}

impl Input {
    pub(crate) fn open(path: &PathBuf) -> Result<Self, ReplayError> {
        if path.as_os_str() == "-" {
            return Ok(Self { name: "stdin".into(), size: None, reader: Box::new(io::stdin()) });
        }
        let error = |cause| ReplayError::Open { path: path.clone(), cause };
        let file = File::open(path).map_err(error)?;
        let metadata = file.metadata().map_err(error)?;
        if metadata.is_dir() {
            return Err(error(io::ErrorKind::IsADirectory.into()));
        }
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Self { name: path.display().to_string().into(), size, reader: Box::new(file) })
    }
}

/// By bytes where all sizes are known, else a counter of events; hidden unless on a terminal.
pub(crate) fn progress_bar(inputs: &[Input]) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let size = inputs.iter().map(|input| input.size).sum::<Option<u64>>();
    let bar = size.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let template = match size {
        Some(_) => "{wide_bar} {bytes}/{total_bytes} {eta} {msg}",
        None => "{spinner} {elapsed} {msg}",
    };
    bar.with_style(
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

/// Where in the input something stands, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) input: Arc<str>,
    /// `line` of NDJSON, or `event` of an array.
    pub(super) unit: &'static str,
    /// From 1.
    pub(super) number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.input, self.unit, self.number)
    }
}

/// One thing read.
pub(crate) enum Item {
    /// A JSON value; whether it is an event is for the service to judge.
    Event(Place, Box<RawValue>),
    /// Not JSON, or not readable.
    Refused(Place, String),
}

pub(super) type Sink = mpsc::Sender<Item>;

/// Reads the inputs one after the other, a bounded number of events ahead.
///
/// A thread of its own rather than a blocking task: the runtime would wait for a blocking task at
/// exit, and standard input may never end.
pub(crate) fn read_ahead(inputs: Vec<Input>, bar: &ProgressBar) -> mpsc::Receiver<Item> {
    let (sink, items) = mpsc::channel(READ_AHEAD);
    let bar = bar.clone();
    std::thread::spawn(move || {
        for input in inputs {
            let reader: Box<dyn Read> = match input.size {
                Some(_) => Box::new(bar.wrap_read(input.reader)),
                None => input.reader,
            };
            let mut place = Place { input: input.name, unit: "line", number: 1 };
            if let Err(error) = read_input(reader, &mut place, &sink) {
                let reason = format!("cannot be read further: {error}");
                let _ = sink.blocking_send(Item::Refused(place, reason));
            }
        }
    });
    items
}

/// Reads one input, whichever of the accepted forms it has.
pub(super) fn read_input(raw: impl Read, place: &mut Place, sink: &Sink) -> io::Result<()> {
    let (start, raw) = peek::<2>(raw)?;
    if start == *b"\x1f\x8b" {
        read_json(MultiGzDecoder::new(raw), place, sink)
    } else {
        read_json(raw, place, sink)
    }
}

/// The first bytes, and a reader that has not lost them.
pub(super) fn peek<const N: usize>(mut raw: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::with_capacity(N);
    raw.by_ref().take(N as u64).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start).chain(raw)))
}

pub(super) fn read_json(raw: impl Read, place: &mut Place, sink: &Sink) -> io::Result<()> {
    let (start, mut raw) = peek::<3>(raw)?;
    if start == *b"\xef\xbb\xbf" {
        raw.read_exact(&mut [0; 3])?;
    }
    let mut input = BufReader::new(raw);
    loop {
        match input.fill_buf()?.first() {
            Some(b'[') => return read_arrays(input, place, sink),
            Some(byte) if byte.is_ascii_whitespace() => {
                place.number += u64::from(*byte == b'\n');
                input.consume(1);
            }
            _ => return read_lines(input, place, sink),
        }
    }
}

/// One event a line; an object spread over several lines is put together again.
pub(super) fn read_lines(
    mut input: impl BufRead,
    place: &mut Place,
    sink: &Sink,
) -> io::Result<()> {
    let mut pending = Pending::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = input.by_ref().take(MAX_BODY as u64).read_until(b'\n', &mut line)?;
        if length == MAX_BODY && line.last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
        }
        if sink.is_closed() || length == 0 {
            pending.refuse(sink);
            return Ok(());
        }
        pending.add(&line, place, sink);
        place.number += 1;
    }
}

/// The lines of an object whose end has not been read yet.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) start: Option<(Place, String)>,
    pub(super) text: Vec<u8>,
}

impl Pending {
    /// Adds a line, and hands on whatever is complete with it.
    ///
    /// A line that begins an object at the margin, or can not continue the pending one, leaves the
    /// pending one refused: a truncated line costs itself and not its successors.
    pub(super) fn add(&mut self, line: &[u8], place: &Place, sink: &Sink) {
        if line.starts_with(b"{") || self.text.len() + line.len() > MAX_BODY {
            self.refuse(sink);
        }
        if line.trim_ascii().is_empty() {
            return;
        }
        self.text.extend_from_slice(line);
        match serde_json::from_slice::<Box<RawValue>>(&self.text) {
            Ok(raw) => {
                let (first, _) =
                    self.start.take().unwrap_or_else(|| (place.clone(), String::new()));
                self.text.clear();
                let _ = sink.blocking_send(Item::Event(first, raw));
            }
            Err(error) if self.start.is_none() => {
                self.start = Some((place.clone(), reason(&error)));
                if !error.is_eof() {
                    self.refuse(sink);
                }
            }
            Err(error) if error.is_eof() => {}
            Err(_) => {
                self.refuse(sink);
                self.add(line, place, sink);
            }
        }
    }

    pub(super) fn refuse(&mut self, sink: &Sink) {
        self.text.clear();
        if let Some((place, reason)) = self.start.take() {
            let _ = sink.blocking_send(Item::Refused(place, reason));
        }
    }
}

/// Without the position, which is ours to give and would make each error a kind of its own.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    format!("not JSON: {}", text.split(" at line ").next().unwrap_or_default())
}

/// JSON arrays of events, one after the other; elements leave as they are parsed.
pub(super) fn read_arrays(input: impl BufRead, place: &mut Place, sink: &Sink) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(input);
    let first_line = place.number;
    place.unit = "event";
    place.number = 1;
    loop {
        if let Err(error) = json.deserialize_seq(Elements { place, sink }) {
            if error.is_io() {
                return Err(error.into());
            }
            let line = first_line + error.line().saturating_sub(1) as u64;
            let rest = Place { input: place.input.clone(), unit: "line", number: line };
            let reason = format!("{}; the array is not read further", reason(&error));
            let _ = sink.blocking_send(Item::Refused(rest, reason));
            return Ok(());
        }
        if sink.is_closed() || json.end().is_ok() {
            return Ok(());
        }
    }
}

pub(super) struct Elements<'a> {
    pub(super) place: &'a mut Place,
    pub(super) sink: &'a Sink,
}

impl<'de> de::Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(raw) = elements.next_element::<Box<RawValue>>()? {
            let item = Item::Event(self.place.clone(), raw);
            if self.sink.blocking_send(item).is_err() {
                return Err(de::Error::custom("the sender has stopped"));
            }
            self.place.number += 1;
        }
        Ok(())
    }
}
