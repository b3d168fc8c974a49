//! `tocsin replay FILE…`: sends recorded events to a Tocsin and says what became of each.
//!
//! Invariants:
//!
//! * An event leaves as the very bytes it was read as; only the surrounding batch is ours.
//! * Every event read ends in exactly one of accepted, rejected or not sent, and the exit status is
//!   0 only if all were accepted.
//! * Input is never held whole: one thread reads ahead through a bounded channel.
//! * A batch whose answer was lost is posted again. That is safe because the identity of an event
//!   is its own, so a second delivery counts nothing twice.
//!
//! Reading order: [`read_input`] → [`send_all`] → [`Destination::post`] → [`Summary`].

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, BufRead, BufReader, Cursor, IsTerminal, Read, Write},
    iter,
    ops::Range,
    panic,
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use reqwest::{Client, StatusCode, Url, header};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

/// Events in one request; the service takes no more.
const MAX_EVENTS: usize = 1_000;

/// Bytes of one request's body: below the service's 1 MiB, with room for the brackets.
const MAX_BODY: usize = 900_000;

/// Requests under way at once: one travels while the other is being stored.
const MAX_IN_FLIGHT: usize = 2;

/// Longest that an event waits for others to share its request.
const LINGER: Duration = Duration::from_millis(250);

/// How long one batch is tried against an address that does not answer.
const UNREACHABLE_PATIENCE: Duration = Duration::from_mins(1);

/// How long one batch is tried against a service that says it is busy.
const BUSY_PATIENCE: Duration = Duration::from_mins(10);

/// First pause between two tries; it doubles up to [`MAX_BACK_OFF`].
const MIN_BACK_OFF: Duration = Duration::from_millis(200);

/// Longest pause that we choose ourselves; a `Retry-After` may ask for more.
const MAX_BACK_OFF: Duration = Duration::from_secs(5);

/// Reasons listed in the summary; further ones are counted together.
const MAX_REASONS: usize = 10;

/// Events read ahead of the sender.
const READ_AHEAD: usize = 2_000;

/// What to send, where to, and how fast.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: tocsin replay monday.ndjson tuesday.json.gz --speed 60x")]
pub(crate) struct Args {
    /// Events as NDJSON or as a JSON array of CloudEvents, plain or gzip; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Address of the Tocsin to send to
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: Url,
    /// Source key to send with
    #[arg(long, env = "TOCSIN_KEY", default_value = "local", hide_env_values = true)]
    pub(crate) key: String,
    /// `max`, or a multiple of the pace at which the events happened: `60x`, `1x`
    #[arg(long, default_value = "max")]
    pub(crate) speed: Speed,
}

/// How fast recorded time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// As fast as the service takes them.
    Max,
    /// This many recorded seconds in one second; above 0 and finite.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        if raw == "max" {
            return Ok(Self::Max);
        }
        let factor = raw.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
        match factor {
            Some(factor) if factor.is_finite() && factor > 0.0 => Ok(Self::Times(factor)),
            _ => Err("want `max` or a multiple such as `60x` or `1x`".to_owned()),
        }
    }
}

/// Why a replay stopped before its end. One line each, with the remedy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// A file named on the command line can not be read; nothing was sent.
    #[error("cannot open {}: {cause}", path.display())]
    Open {
        /// As given.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The HTTP client can not be set up.
    #[error("cannot set up TLS: {0}; check the system's certificates")]
    Client(reqwest::Error),
    /// Nobody answered for [`UNREACHABLE_PATIENCE`].
    #[error("cannot reach {url} ({cause}): is `tocsin dev` running?")]
    Unreachable {
        /// Where to.
        url: Url,
        /// The innermost cause.
        cause: String,
    },
    /// It answered "busy" for [`BUSY_PATIENCE`].
    #[error("{url} has been too busy for 10 minutes (status {status}): try again later")]
    Busy {
        /// Where to.
        url: Url,
        /// The last answer's.
        status: StatusCode,
    },
    /// 401 or 403 for the whole request.
    #[error("{url} does not accept the key (status {status}): give --key or set TOCSIN_KEY")]
    Key {
        /// Where to.
        url: Url,
        /// The answer's.
        status: StatusCode,
    },
    /// Something else listens there.
    #[error("{url} answered {status} and no counts: is it the address of a Tocsin (--url)?")]
    NotTocsin {
        /// Where to.
        url: Url,
        /// The answer's.
        status: StatusCode,
    },
    /// The summary could not be printed.
    #[error("cannot write the summary: {0}")]
    Output(io::Error),
}

/// Replays the files in the order given; status 1 if any event was refused.
pub(crate) async fn run(args: Args) -> Result<ExitCode, ReplayError> {
    let inputs = args.files.iter().map(Input::open).collect::<Result<Vec<_>, _>>()?;
    let destination = Destination::new(&args.url, args.key)?;
    let bar = progress_bar(&inputs);
    let start = Instant::now();
    let (summary, outcome) =
        send_all(read_ahead(inputs, &bar), destination, args.speed, &bar).await;
    bar.finish_and_clear();
    summary.print(&mut io::stdout().lock(), start.elapsed()).map_err(ReplayError::Output)?;
    outcome?;
    Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One source of events, opened.
struct Input {
    /// How messages name it.
    name: Arc<str>,
    /// Bytes on disk, for a regular file.
    size: Option<u64>,
    reader: Box<dyn Read + Send>,
}

impl Input {
    fn open(path: &PathBuf) -> Result<Self, ReplayError> {
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
fn progress_bar(inputs: &[Input]) -> ProgressBar {
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
struct Place {
    input: Arc<str>,
    /// `line` of NDJSON, or `event` of an array.
    unit: &'static str,
    /// From 1.
    number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.input, self.unit, self.number)
    }
}

/// One thing read.
enum Item {
    /// A JSON value; whether it is an event is for the service to judge.
    Event(Place, Box<RawValue>),
    /// Not JSON, or not readable.
    Refused(Place, String),
}

type Sink = mpsc::Sender<Item>;

/// Reads the inputs one after the other, a bounded number of events ahead.
///
/// A thread of its own rather than a blocking task: the runtime would wait for a blocking task at
/// exit, and standard input may never end.
fn read_ahead(inputs: Vec<Input>, bar: &ProgressBar) -> mpsc::Receiver<Item> {
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
fn read_input(raw: impl Read, place: &mut Place, sink: &Sink) -> io::Result<()> {
    let (start, raw) = peek::<2>(raw)?;
    if start == *b"\x1f\x8b" {
        read_json(MultiGzDecoder::new(raw), place, sink)
    } else {
        read_json(raw, place, sink)
    }
}

/// The first bytes, and a reader that has not lost them.
fn peek<const N: usize>(mut raw: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::with_capacity(N);
    raw.by_ref().take(N as u64).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start).chain(raw)))
}

fn read_json(raw: impl Read, place: &mut Place, sink: &Sink) -> io::Result<()> {
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
fn read_lines(mut input: impl BufRead, place: &mut Place, sink: &Sink) -> io::Result<()> {
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
struct Pending {
    start: Option<(Place, String)>,
    text: Vec<u8>,
}

impl Pending {
    /// Adds a line, and hands on whatever is complete with it.
    ///
    /// A line that begins an object at the margin, or can not continue the pending one, leaves the
    /// pending one refused: a truncated line costs itself and not its successors.
    fn add(&mut self, line: &[u8], place: &Place, sink: &Sink) {
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

    fn refuse(&mut self, sink: &Sink) {
        self.text.clear();
        if let Some((place, reason)) = self.start.take() {
            let _ = sink.blocking_send(Item::Refused(place, reason));
        }
    }
}

/// Without the position, which is ours to give and would make each error a kind of its own.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    format!("not JSON: {}", text.split(" at line ").next().unwrap_or_default())
}

/// JSON arrays of events, one after the other; elements leave as they are parsed.
fn read_arrays(input: impl BufRead, place: &mut Place, sink: &Sink) -> io::Result<()> {
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

struct Elements<'a> {
    place: &'a mut Place,
    sink: &'a Sink,
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

/// The part of an event that replaying looks at; fields of another type count as absent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Header {
    source: serde_json::Value,
    subject: serde_json::Value,
    id: serde_json::Value,
    time: serde_json::Value,
}

impl Header {
    fn of(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// A short stand-in for (source, subject, id), so that hours of events fit in memory.
    fn identity(&self) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        (self.source.as_str()?, self.subject.as_str(), self.id.as_str()?).hash(&mut hasher);
        Some(hasher.finish())
    }

    fn time(&self) -> Option<Timestamp> {
        self.time.as_str()?.parse().ok()
    }
}

/// Maps the time of events to the moment at which to send them.
struct Tempo {
    speed: Speed,
    /// The first event's time, and when it was sent.
    origin: Option<(Timestamp, Instant)>,
}

impl Tempo {
    /// When to send what happened at `time`: [`LINGER`] apart, so that requests hold more than one
    /// event. An event without a time goes with its predecessor.
    fn due(&mut self, time: Option<Timestamp>) -> Option<Instant> {
        let Speed::Times(factor) = self.speed else { return None };
        let time = time?;
        let (first, sent) = *self.origin.get_or_insert_with(|| (time, Instant::now()));
        let seconds = time.duration_since(first).as_secs_f64() / factor;
        let ticks = (seconds / LINGER.as_secs_f64()).ceil().max(0.0);
        sent.checked_add(Duration::try_from_secs_f64(ticks * LINGER.as_secs_f64()).ok()?)
    }
}

/// Sends everything that is read; what was done so far is told even if it stops early.
async fn send_all(
    mut items: mpsc::Receiver<Item>,
    destination: Destination,
    speed: Speed,
    bar: &ProgressBar,
) -> (Summary, Result<(), ReplayError>) {
    let mut sender = Sender::new(destination, bar.clone());
    let outcome = sender.forward(&mut items, Tempo { speed, origin: None }).await;
    (sender.summary, outcome)
}

/// A request's events, in the order of reading.
#[derive(Default)]
struct Batch {
    events: Vec<(Place, Box<RawValue>)>,
    bytes: usize,
}

impl Batch {
    fn has_room_for(&self, raw: &RawValue) -> bool {
        self.events.len() < MAX_EVENTS && self.bytes + raw.get().len() + 2 <= MAX_BODY
    }

    fn push(&mut self, place: Place, raw: Box<RawValue>) {
        self.bytes += raw.get().len() + 1;
        self.events.push((place, raw));
    }

    /// The JSON array of the events in `range`.
    fn body(&self, range: Range<usize>) -> Bytes {
        let mut body = Vec::with_capacity(self.bytes + 2);
        for (_, raw) in &self.events[range] {
            body.push(if body.is_empty() { b'[' } else { b',' });
            body.extend_from_slice(raw.get().as_bytes());
        }
        body.push(b']');
        body.into()
    }
}

/// Cuts batches, keeps at most [`MAX_IN_FLIGHT`] of them travelling, and keeps the accounts.
struct Sender {
    destination: Arc<Destination>,
    bar: ProgressBar,
    batch: Batch,
    in_flight: VecDeque<JoinHandle<Result<Answer, ReplayError>>>,
    seen: HashSet<u64>,
    summary: Summary,
}

impl Sender {
    fn new(destination: Destination, bar: ProgressBar) -> Self {
        Self {
            destination: Arc::new(destination),
            bar,
            batch: Batch::default(),
            in_flight: VecDeque::new(),
            seen: HashSet::new(),
            summary: Summary::default(),
        }
    }

    async fn forward(
        &mut self,
        items: &mut mpsc::Receiver<Item>,
        mut tempo: Tempo,
    ) -> Result<(), ReplayError> {
        loop {
            match timeout(LINGER, items.recv()).await {
                Ok(None) => break,
                // A slow producer: what it has said so far should not wait for more.
                Err(_) => self.flush().await?,
                Ok(Some(Item::Refused(place, reason))) => {
                    self.summary.read += 1;
                    self.summary.reject(&place, None, &reason, None);
                }
                Ok(Some(Item::Event(place, raw))) => self.take(place, raw, &mut tempo).await?,
            }
        }
        self.flush().await?;
        self.settle_down_to(0).await
    }

    async fn take(
        &mut self,
        place: Place,
        raw: Box<RawValue>,
        tempo: &mut Tempo,
    ) -> Result<(), ReplayError> {
        self.summary.read += 1;
        if raw.get().len() + 2 > MAX_BODY {
            self.summary.reject(&place, None, "larger than any event may be (64 KiB)", None);
            return Ok(());
        }
        let header = Header::of(&raw);
        if header.identity().is_some_and(|identity| !self.seen.insert(identity)) {
            self.summary.repeated += 1;
        }
        if let Some(due) = tempo.due(header.time()).filter(|due| *due > Instant::now()) {
            self.flush().await?;
            sleep_until(due).await;
        }
        if !self.batch.has_room_for(&raw) {
            self.flush().await?;
        }
        self.batch.push(place, raw);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), ReplayError> {
        while self.in_flight.front().is_some_and(JoinHandle::is_finished) {
            self.settle_down_to(self.in_flight.len() - 1).await?;
        }
        if self.batch.events.is_empty() {
            return Ok(());
        }
        self.settle_down_to(MAX_IN_FLIGHT - 1).await?;
        let (batch, destination) = (std::mem::take(&mut self.batch), self.destination.clone());
        let bar = self.bar.clone();
        self.in_flight.push_back(tokio::spawn(async move { destination.post(&batch, &bar).await }));
        Ok(())
    }

    /// Books the oldest answers until at most this many are awaited.
    async fn settle_down_to(&mut self, awaited: usize) -> Result<(), ReplayError> {
        while self.in_flight.len() > awaited
            && let Some(oldest) = self.in_flight.pop_front()
        {
            let answer =
                oldest.await.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()))?;
            self.summary.book(answer);
            self.bar.set_message(format!("{} accepted", self.summary.accepted));
        }
        Ok(())
    }
}

/// Where batches go.
struct Destination {
    client: Client,
    base: Url,
    endpoint: String,
    key: String,
    /// [`UNREACHABLE_PATIENCE`], but for tests.
    patience: Duration,
}

/// What the service said about one batch.
#[derive(Default)]
struct Answer {
    accepted: u64,
    rejected: Vec<(Place, Rejection)>,
}

/// The body of a 202 or a 400.
#[derive(Deserialize)]
struct Counts {
    accepted: u64,
    #[serde(default)]
    rejected: Vec<Rejection>,
}

/// One event that the service refuses.
#[derive(Deserialize)]
struct Rejection {
    index: usize,
    id: Option<String>,
    error: String,
    field: Option<String>,
}

/// A 400 that speaks about the request as a whole (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    detail: Option<String>,
    title: Option<String>,
}

/// How one try ended.
enum Attempt {
    Counted(Counts),
    /// Refused as a whole, for this reason.
    Refused(String),
    TooLarge,
    /// Come back, after this long if it said so.
    Busy(StatusCode, Option<Duration>),
    /// No answer, or none that says anything about the events.
    Lost(String),
}

impl Destination {
    fn new(base: &Url, key: String) -> Result<Self, ReplayError> {
        let builder = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30));
        // A proxy for the outside world does not lead back to this machine.
        let is_local = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let builder = if is_local { builder.no_proxy() } else { builder };
        Ok(Self {
            client: builder.build().map_err(ReplayError::Client)?,
            endpoint: format!("{}/v1/events", base.as_str().trim_end_matches('/')),
            base: base.clone(),
            key,
            patience: UNREACHABLE_PATIENCE,
        })
    }

    /// Posts a batch until the service has judged every event of it.
    async fn post(&self, batch: &Batch, bar: &ProgressBar) -> Result<Answer, ReplayError> {
        let mut answer = Answer::default();
        let mut parts = iter::once(0..batch.events.len()).collect::<Vec<_>>();
        while let Some(part) = parts.pop() {
            match self.persist(batch.body(part.clone()), bar).await? {
                Some(Ok(counts)) => {
                    answer.accepted += counts.accepted;
                    answer.rejected.extend(counts.rejected.into_iter().filter_map(|rejection| {
                        let (place, _) = batch.events[part.clone()].get(rejection.index)?;
                        Some((place.clone(), rejection))
                    }));
                }
                Some(Err(reason)) => answer.refuse(batch, part, &reason),
                None if part.len() == 1 => answer.refuse(batch, part, "too large for the service"),
                None => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                }
            }
        }
        Ok(answer)
    }

    /// Tries one body until it is judged: its counts, why it is refused whole, or `None` if it is
    /// too large.
    async fn persist(
        &self,
        body: Bytes,
        bar: &ProgressBar,
    ) -> Result<Option<Result<Counts, String>>, ReplayError> {
        let first = Instant::now();
        let mut lost_since = None;
        let mut back_off = MIN_BACK_OFF;
        loop {
            let pause = match self.attempt(body.clone()).await? {
                Attempt::Counted(counts) => return Ok(Some(Ok(counts))),
                Attempt::Refused(reason) => return Ok(Some(Err(reason))),
                Attempt::TooLarge => return Ok(None),
                Attempt::Busy(status, _) if first.elapsed() > BUSY_PATIENCE => {
                    return Err(ReplayError::Busy { url: self.base.clone(), status });
                }
                Attempt::Busy(_, asked) => {
                    lost_since = None;
                    asked.unwrap_or(back_off).min(BUSY_PATIENCE)
                }
                Attempt::Lost(cause) => {
                    let since = *lost_since.get_or_insert_with(Instant::now);
                    if since.elapsed() + back_off > self.patience {
                        return Err(ReplayError::Unreachable { url: self.base.clone(), cause });
                    }
                    bar.set_message(format!("waiting for {}", self.base));
                    back_off
                }
            };
            sleep(pause).await;
            back_off = (back_off * 2).min(MAX_BACK_OFF);
        }
    }

    async fn attempt(&self, body: Bytes) -> Result<Attempt, ReplayError> {
        let request = self
            .client
            .post(&self.endpoint)
            .bearer_auth(&self.key)
            .header(header::CONTENT_TYPE, "application/cloudevents-batch+json")
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(Attempt::Lost(innermost(&error))),
        };
        let status = response.status();
        let after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok().map(Duration::from_secs));
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => return Ok(Attempt::Lost(innermost(&error))),
        };
        self.judge(status, after, &body)
    }

    fn judge(
        &self,
        status: StatusCode,
        after: Option<Duration>,
        body: &[u8],
    ) -> Result<Attempt, ReplayError> {
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            return Ok(Attempt::Busy(status, after));
        }
        if status.is_server_error() {
            return Ok(Attempt::Lost(format!("it answers {status}")));
        }
        if let Ok(counts) = serde_json::from_slice::<Counts>(body) {
            return Ok(Attempt::Counted(counts));
        }
        let url = self.base.clone();
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Ok(Attempt::TooLarge),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ReplayError::Key { url, status })
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let problem = serde_json::from_slice::<Problem>(body).ok();
                let reason = problem.and_then(|problem| problem.detail.or(problem.title));
                Ok(Attempt::Refused(reason.unwrap_or_else(|| format!("refused with {status}"))))
            }
            _ => Err(ReplayError::NotTocsin { url, status }),
        }
    }
}

impl Answer {
    /// The service refused these events together, for one reason.
    fn refuse(&mut self, batch: &Batch, part: Range<usize>, reason: &str) {
        self.rejected.extend(batch.events[part].iter().enumerate().map(|(index, (place, raw))| {
            let id = Header::of(raw).id.as_str().map(str::to_owned);
            (place.clone(), Rejection { index, id, error: reason.to_owned(), field: None })
        }));
    }
}

/// The last link of an error's chain: "connection refused" rather than "error sending request".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The accounts of a replay.
#[derive(Debug, Default)]
struct Summary {
    read: u64,
    accepted: u64,
    repeated: u64,
    rejected: u64,
    /// In the order of their first occurrence, at most [`MAX_REASONS`].
    reasons: Vec<Reason>,
    /// Rejections for reasons beyond those.
    other: u64,
}

/// Rejections of one kind.
#[derive(Debug)]
struct Reason {
    error: String,
    field: Option<String>,
    count: u64,
    first: Place,
    id: Option<String>,
}

impl Summary {
    fn book(&mut self, answer: Answer) {
        self.accepted += answer.accepted;
        for (place, rejection) in answer.rejected {
            let Rejection { id, error, field, .. } = rejection;
            self.reject(&place, id, &error, field);
        }
    }

    fn reject(&mut self, place: &Place, id: Option<String>, error: &str, field: Option<String>) {
        self.rejected += 1;
        let known = self.reasons.iter().position(|r| r.error == error && r.field == field);
        match known {
            Some(index) => self.reasons[index].count += 1,
            None if self.reasons.len() == MAX_REASONS => self.other += 1,
            None => {
                let (error, first) = (error.to_owned(), place.clone());
                self.reasons.push(Reason { error, field, count: 1, first, id });
            }
        }
    }

    fn is_clean(&self) -> bool {
        self.accepted == self.read
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for reading, of counts below 2^52")]
    fn print(&self, out: &mut impl Write, took: Duration) -> io::Result<()> {
        let seconds = took.as_secs_f64();
        writeln!(out, "read      {:>10} events", self.read)?;
        writeln!(out, "accepted  {:>10}", self.accepted)?;
        writeln!(out, "repeated  {:>10} in the input, counted once", self.repeated)?;
        writeln!(out, "rejected  {:>10}", self.rejected)?;
        for Reason { error, field, count, first, id } in &self.reasons {
            let field = field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            let id = id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
            writeln!(out, "          {count:>10} {field}{error}, first at {first}{id}")?;
        }
        if self.other > 0 {
            writeln!(out, "          {:>10} for other reasons", self.other)?;
        }
        let unsent = self.read.saturating_sub(self.accepted + self.rejected);
        if unsent > 0 {
            writeln!(out, "not sent  {unsent:>10}, or sent without an answer")?;
        }
        let rate = self.read as f64 / seconds.max(0.001);
        writeln!(out, "duration  {seconds:>10.1} s, {rate:.0} events/s")
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, io::Write as _, sync::Mutex};

    use axum::{
        Router,
        extract::State,
        http::{HeaderMap, HeaderValue},
        response::{IntoResponse, Response},
        routing::post,
    };
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A service with a script: odd answers first, then it judges events as Tocsin does.
    #[derive(Default)]
    struct Service {
        script: Mutex<VecDeque<(u16, &'static str)>>,
        bodies: Mutex<Vec<String>>,
    }

    async fn judge(
        State(service): State<Arc<Service>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        assert_eq!(headers["authorization"], "Bearer secret");
        assert_eq!(headers["content-type"], "application/cloudevents-batch+json");
        if let Some((status, body)) = service.script.lock().unwrap().pop_front() {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            if status == 429 {
                response.headers_mut().insert("retry-after", HeaderValue::from_static("0"));
            }
            return response;
        }
        let events: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
        let bad = |event: &&serde_json::Value| event["time"].is_null();
        let rejected: Vec<_> = events
            .iter()
            .enumerate()
            .filter(|(_, event)| bad(event))
            .map(|(index, event)| {
                serde_json::json!({"index": index, "id": event["id"], "error": "missing", "field": "time"})
            })
            .collect();
        let accepted = events.len() - rejected.len();
        let status = if accepted == 0 { StatusCode::BAD_REQUEST } else { StatusCode::ACCEPTED };
        service.bodies.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
        let answer = serde_json::json!({"accepted": accepted, "rejected": rejected});
        (status, answer.to_string()).into_response()
    }

    async fn serve(service: Arc<Service>) -> Url {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/v1/events", post(judge)).with_state(service);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}/").parse().unwrap()
    }

    /// Replays one input against a service with this script.
    async fn replay(
        input: impl Into<Vec<u8>>,
        script: &[(u16, &'static str)],
        speed: Speed,
    ) -> (Summary, Result<(), ReplayError>, Vec<String>) {
        let service = Arc::new(Service {
            script: Mutex::new(script.iter().copied().collect()),
            bodies: Mutex::default(),
        });
        let url = serve(service.clone()).await;
        let reader = Box::new(Cursor::new(input.into()));
        let inputs = vec![Input { name: "in".into(), size: None, reader }];
        let bar = ProgressBar::hidden();
        let destination = Destination::new(&url, "secret".to_owned()).unwrap();
        let (summary, outcome) = send_all(read_ahead(inputs, &bar), destination, speed, &bar).await;
        let bodies = service.bodies.lock().unwrap().clone();
        (summary, outcome, bodies)
    }

    fn event(id: u32) -> String {
        format!(
            r#"{{"source":"/s", "id":"{id}","time":"2026-01-05T10:00:{:02}Z","data":{{"b":1,"a":1.50}}}}"#,
            id % 60
        )
    }

    fn lines(count: u32) -> String {
        (0..count).map(|id| event(id) + "\n").collect()
    }

    #[track_caller]
    fn check(summary: &Summary, read: u64, accepted: u64, rejected: u64) {
        assert_eq!(
            (summary.read, summary.accepted, summary.rejected),
            (read, accepted, rejected),
            "{summary:?}"
        );
    }

    #[tokio::test]
    async fn events_are_passed_on_byte_for_byte() {
        let (summary, outcome, bodies) = replay(lines(2), &[], Speed::Max).await;
        outcome.unwrap();
        check(&summary, 2, 2, 0);
        assert_eq!(bodies, [format!("[{},{}]", event(0), event(1))]);
    }

    #[tokio::test]
    async fn batches_hold_at_most_a_thousand_events_and_keep_the_order() {
        let (summary, _, bodies) = replay(lines(2_500), &[], Speed::Max).await;
        check(&summary, 2_500, 2_500, 0);
        let sizes: Vec<usize> = bodies.iter().map(|body| body.matches("source").count()).collect();
        assert!(sizes.iter().all(|size| *size <= MAX_EVENTS), "{sizes:?}");
        assert_eq!(bodies.iter().map(String::as_str).collect::<BTreeSet<_>>().len(), bodies.len());
    }

    #[tokio::test]
    async fn large_events_are_spread_over_requests() {
        let text = "x".repeat(60_000);
        let event = event(1).replace("1.50", &format!("\"{text}\""));
        let input = format!("{event}\n").repeat(40);
        let (summary, _, bodies) = replay(input, &[], Speed::Max).await;
        check(&summary, 40, 40, 0);
        assert!(bodies.iter().all(|body| body.len() <= MAX_BODY));
    }

    #[tokio::test]
    async fn arrays_spread_objects_and_gzip_are_read() {
        let array = format!("\n [{},\n {}]\n", event(1), event(2));
        check(&replay(array.clone(), &[], Speed::Max).await.0, 2, 2, 0);
        let spread = lines(1).replace(',', ",\n  ").replacen('{', "{\n  ", 1) + &lines(3);
        check(&replay(spread, &[], Speed::Max).await.0, 4, 4, 0);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(array.as_bytes()).unwrap();
        check(&replay(gzip.finish().unwrap(), &[], Speed::Max).await.0, 2, 2, 0);
        check(&replay("", &[], Speed::Max).await.0, 0, 0, 0);
    }

    #[tokio::test]
    async fn a_broken_line_costs_only_itself() {
        let input =
            format!("\u{feff}{}\nnot json\n{}\n{{\"id\":\n{}\n", event(1), event(2), event(3));
        let (summary, _, _) = replay(input, &[], Speed::Max).await;
        check(&summary, 5, 3, 2);
        let places: Vec<String> = summary.reasons.iter().map(|r| r.first.to_string()).collect();
        assert_eq!(places, ["in line 2", "in line 4"]);
        assert!(!summary.is_clean());
    }

    #[tokio::test]
    async fn a_broken_array_keeps_what_was_read_before() {
        let (summary, _, _) =
            replay(format!("[{},\n{{\"a\" 1}}]", event(1)), &[], Speed::Max).await;
        check(&summary, 2, 1, 1);
        assert_eq!(summary.reasons[0].first.to_string(), "in line 2");
    }

    #[tokio::test]
    async fn rejections_are_counted_by_reason_with_their_first_place() {
        let bad = "{\"source\":\"/s\",\"id\":\"bad\"}\n";
        let input = format!("{}{bad}{}{bad}", lines(1), lines(2));
        let (summary, _, _) = replay(input, &[], Speed::Max).await;
        check(&summary, 5, 3, 2);
        assert_eq!(summary.repeated, 2);
        let mut text = Vec::new();
        summary.print(&mut text, Duration::from_secs(2)).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("2 time: missing, first at in line 2 (id bad)"), "{text}");
    }

    #[tokio::test]
    async fn a_batch_of_bad_events_only_is_no_error_of_the_request() {
        let (summary, outcome, _) = replay("{}\n{}\n", &[], Speed::Max).await;
        outcome.unwrap();
        check(&summary, 2, 0, 2);
    }

    #[tokio::test]
    async fn a_problem_document_refuses_the_whole_batch() {
        let problem = r#"{"title":"Bad Request","detail":"no tenant","status":400}"#;
        let (summary, _, _) = replay(lines(3), &[(400, problem)], Speed::Max).await;
        check(&summary, 3, 0, 3);
        assert_eq!(summary.reasons[0].error, "no tenant");
        assert_eq!(summary.reasons[0].id.as_deref(), Some("0"));
    }

    #[tokio::test]
    async fn busy_and_failing_services_are_tried_again() {
        let script = [(429, ""), (503, ""), (500, "oops")];
        let (summary, outcome, bodies) = replay(lines(3), &script, Speed::Max).await;
        outcome.unwrap();
        check(&summary, 3, 3, 0);
        assert_eq!(bodies.len(), 1);
    }

    #[tokio::test]
    async fn a_batch_too_large_for_the_service_is_halved() {
        let (summary, _, bodies) = replay(lines(5), &[(413, ""), (413, "")], Speed::Max).await;
        check(&summary, 5, 5, 0);
        assert_eq!(bodies.join("").matches("\"id\":\"3\"").count(), 1);
        assert_eq!(bodies.len(), 3);
    }

    #[tokio::test]
    async fn a_wrong_key_stops_the_replay_and_names_the_remedy() {
        let (summary, outcome, _) = replay(lines(3), &[(401, "{}")], Speed::Max).await;
        assert!(outcome.unwrap_err().to_string().contains("--key"));
        check(&summary, 3, 0, 0);
        let (_, outcome, _) = replay(lines(1), &[(404, "<html>")], Speed::Max).await;
        assert!(outcome.unwrap_err().to_string().contains("--url"));
    }

    #[tokio::test]
    async fn an_address_without_a_listener_is_given_up_when_patience_ends() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        let mut destination = Destination::new(&url, "secret".to_owned()).unwrap();
        destination.patience = Duration::from_secs(1);
        let mut batch = Batch::default();
        let raw = RawValue::from_string("{}".to_owned()).unwrap();
        batch.push(Place { input: "in".into(), unit: "line", number: 1 }, raw);
        let start = Instant::now();
        let Err(error) = destination.post(&batch, &ProgressBar::hidden()).await else {
            panic!("nobody listens");
        };
        assert!(error.to_string().contains("is `tocsin dev` running?"), "{error}");
        assert!(start.elapsed() > MIN_BACK_OFF && start.elapsed() <= destination.patience * 2);
    }

    #[tokio::test]
    async fn recorded_time_passes_at_the_speed_asked_for() {
        let start = Instant::now();
        let (summary, _, bodies) = replay(lines(60), &[], Speed::Times(60.0)).await;
        check(&summary, 60, 60, 0);
        assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
        assert!((4..=6).contains(&bodies.len()), "{}", bodies.len());
    }

    #[test]
    fn speeds() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("60x".parse(), Ok(Speed::Times(60.0)));
        for bad in ["", "x", "0x", "-1x", "60", "infx", "NaNx"] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }
}
