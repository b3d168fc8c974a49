//! `tocsin detect`: a column of history in, scores out, row by row.
//!
//! A row is scored before the next one is read: what comes later changes nothing that was written.

mod input;
mod output;

use std::{
    fs::File,
    io::{self, BufWriter, Read},
    path::{Path, PathBuf},
};

use jiff::{civil::Date, tz::TimeZone};
use tocsin_domain::detect::{
    Side,
    calendar::Calendar,
    episode::Episode,
    novelty::{self, NoveltyDetector},
    page::PageDetector,
    seasonal::{self, Family, Finding, SeasonalDetector},
};

use self::{
    input::{Input, Reading, RowError},
    output::{Judged, Output},
};

const AFTER_HELP: &str = "\
Input: CSV with a header line and the columns
  timestamp,value                  for means, quantiles, gauges and counts
  timestamp,numerator,denominator  for ratios
A timestamp is RFC 3339, a date and time without offset (of the zone given by --tz) or Unix seconds
or milliseconds. An empty value is a missing point.

Output: CSV with one row for each row of the input,
  timestamp,value,expected,lower,upper,anomaly_score,page_score
anomaly_score, from 0 to 1, tells how new what happened is; page_score, from 0, how much it deserves
to wake someone. Both are 0 but for the records of an episode.

Example: tocsin detect history.csv > scores.csv
Example: tocsin detect - --tz Europe/Berlin --holiday 2026-12-25 < history.csv";

/// False alarms a week that the range of a ratio is drawn for.
const FALSE_ALARMS: f64 = 0.1;

/// What is read, and whose calendar holds.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// CSV file; `-` for standard input
    file: PathBuf,
    /// Time zone whose hours of the week are compared
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    tz: TimeZone,
    /// A day that is as quiet as a weekend; may be repeated
    #[arg(long, value_name = "DATE")]
    holiday: Vec<Date>,
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "not a time zone; want a name such as Europe/Berlin".to_owned())
}

/// Why scoring ended before the input did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetectError {
    /// It is not there, or not readable.
    #[error("cannot open {path}: {cause}")]
    Open {
        /// What.
        path: PathBuf,
        /// What went wrong.
        cause: io::Error,
    },
    /// A row is not as it should be.
    #[error("{name}: {cause}")]
    Row {
        /// Where.
        name: String,
        /// What is wrong with it.
        cause: RowError,
    },
    /// Standard output is closed.
    #[error("cannot print: {0}")]
    Output(#[from] csv::Error),
}

/// Scores the file, row by row, to standard output.
pub(crate) fn run(args: Args) -> Result<(), DetectError> {
    let Args { file, tz, holiday } = args;
    let (name, reader) = open(&file)?;
    let calendar = Calendar::new(tz.clone(), holiday);
    score(reader, &tz, calendar, BufWriter::new(io::stdout().lock()), &name)
}

fn open(path: &Path) -> Result<(String, Box<dyn Read>), DetectError> {
    if path.as_os_str() == "-" {
        return Ok(("standard input".to_owned(), Box::new(io::stdin())));
    }
    let error = |cause| DetectError::Open { path: path.to_owned(), cause };
    let file = File::open(path).map_err(error)?;
    if file.metadata().map_err(error)?.is_dir() {
        return Err(error(io::ErrorKind::IsADirectory.into()));
    }
    Ok((path.display().to_string(), Box::new(file)))
}

fn score(
    reader: impl Read,
    zone: &TimeZone,
    calendar: Calendar,
    writer: impl io::Write,
    name: &str,
) -> Result<(), DetectError> {
    let row_error = |cause| DetectError::Row { name: name.to_owned(), cause };
    let mut input = Input::new(reader, zone).map_err(row_error)?;
    let mut output = Output::new(writer)?;
    let mut scorer = Scorer::new(calendar);
    while let Some(row) = input.next_row().map_err(row_error)? {
        output.write(&row, &scorer.judge(&row))?;
    }
    output.finish()
}

/// The detectors of one column.
struct Scorer {
    calendar: Calendar,
    novelty: NoveltyDetector,
    page: PageDetector,
    seasonal: SeasonalDetector,
    episode: Episode,
}

impl Scorer {
    fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            novelty: NoveltyDetector::new(),
            page: PageDetector::new(),
            seasonal: SeasonalDetector::new(Family::Ratio),
            episode: Episode::default(),
        }
    }

    fn judge(&mut self, row: &input::Row) -> Judged {
        let slot = self.calendar.slot(row.at);
        let anomaly = match row.reading.value() {
            Some(value) => novelty::score(self.novelty.observe(slot, value)),
            None => 0.0,
        };
        let judged = Judged { anomaly, ..Judged::default() };
        match row.reading {
            Reading::Missing => judged,
            Reading::Value(value) => match self.page.observe(row.at, slot, value) {
                None => judged,
                Some(page) => Judged {
                    range: Some([page.expected, page.lower, page.upper]),
                    page: if page.is_record { page.score } else { 0.0 },
                    ..judged
                },
            },
            Reading::Ratio { numerator, denominator } => {
                match self.seasonal.observe(row.at, slot, numerator, denominator) {
                    Finding::NotEnoughData { .. } => judged,
                    Finding::Scored(score) => {
                        let page = score.on(Side::Both);
                        let is_record = self.episode.is_record(row.at, page);
                        Judged {
                            range: Some(ratio_range(&score)),
                            page: if is_record { page } else { 0.0 },
                            ..judged
                        }
                    }
                }
            }
        }
    }
}

/// What a ratio is expected to be, and how far this row's trials alone may take it.
fn ratio_range(score: &seasonal::Score) -> [f64; 3] {
    let threshold = seasonal::threshold(FALSE_ALARMS, Side::Both);
    // Without trials there is no bound.
    let band = score.deviation.map_or(1.0, |deviation| threshold * deviation);
    let expected = score.expected;
    [expected, (expected - band).max(0.0), (expected + band).min(1.0)]
}

#[cfg(test)]
mod tests;
