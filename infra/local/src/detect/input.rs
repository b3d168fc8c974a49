//! Reading: a CSV row into an instant and what was measured then.

use std::io::Read;

use csv::StringRecord;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Clocks are set back by an hour, twice at most; whatever goes back further is not in order.
const SET_BACK: i64 = 2 * 3600;
/// Whole numbers from here on (March 1973) are Unix seconds; shorter ones may be anything.
const SECONDS: i64 = 100_000_000;
/// Whole numbers from here on (the year 5138 in seconds) are Unix milliseconds.
const MILLISECONDS: i64 = 100_000_000_000;

/// Why a row is none; tells the line, the column and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    /// No table.
    #[error("line {line}: {what}; want as many fields as the header has, in UTF-8")]
    Table {
        /// Where.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// It can not be read.
    #[error("cannot read: {0}")]
    Read(std::io::Error),
    /// The header lacks a column.
    #[error(
        "line 1: no column `{0}`; want a header `timestamp,value` or `timestamp,numerator,denominator`"
    )]
    NoColumn(&'static str),
    /// A field is not what its column holds.
    #[error("line {line}, column `{column}`: `{text}` {what}")]
    Field {
        /// Where.
        line: u64,
        /// Which.
        column: &'static str,
        /// What it says.
        text: String,
        /// What is wrong, and what to do.
        what: &'static str,
    },
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    Missing,
    Value(f64),
    Ratio { numerator: u32, denominator: u32 },
}

impl Reading {
    /// As one number, where there is one.
    pub(super) fn value(self) -> Option<f64> {
        match self {
            Self::Missing | Self::Ratio { denominator: 0, .. } => None,
            Self::Value(value) => Some(value),
            Self::Ratio { numerator, denominator } => {
                Some(f64::from(numerator) / f64::from(denominator))
            }
        }
    }
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// The timestamp as it was written.
    pub(super) timestamp: String,
    pub(super) at: Timestamp,
    pub(super) reading: Reading,
}

/// Where the header says that things are.
#[derive(Clone, Copy)]
enum Columns {
    Value(usize),
    Ratio { numerator: usize, denominator: usize },
}

/// A table of history.
pub(super) struct Input<'a, R> {
    rows: csv::Reader<R>,
    zone: &'a TimeZone,
    timestamp: usize,
    columns: Columns,
    record: StringRecord,
    last: Option<Timestamp>,
}

impl<'a, R: Read> Input<'a, R> {
    pub(super) fn new(reader: R, zone: &'a TimeZone) -> Result<Self, RowError> {
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
        let header = rows.headers().map_err(table_error)?;
        // Spreadsheets put a byte order mark before the first name.
        let name = |text: &str| text.trim_start_matches('\u{feff}').to_ascii_lowercase();
        let find = |wanted: &'static str| {
            header.iter().position(|text| name(text) == wanted).ok_or(RowError::NoColumn(wanted))
        };
        let timestamp = find("timestamp")?;
        let columns = match (find("value"), find("numerator")) {
            (Err(_), Ok(numerator)) => {
                Columns::Ratio { numerator, denominator: find("denominator")? }
            }
            (value, _) => Columns::Value(value?),
        };
        Ok(Self { rows, zone, timestamp, columns, record: StringRecord::new(), last: None })
    }

    /// The next row; `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        if !self.rows.read_record(&mut self.record).map_err(table_error)? {
            return Ok(None);
        }
        let field = Fields {
            record: &self.record,
            line: self.record.position().map_or(0, csv::Position::line),
        };
        let reading = match self.columns {
            Columns::Value(column) => field.value(column)?,
            Columns::Ratio { numerator, denominator } => field.ratio(numerator, denominator)?,
        };
        let timestamp = &self.record[self.timestamp];
        let at = instant(timestamp, self.zone).ok_or_else(|| {
            field.error("timestamp", self.timestamp, "is no time; want 2026-01-05T09:30:00Z")
        })?;
        if self.last.is_some_and(|last| last.as_second() - at.as_second() > SET_BACK) {
            let what = "is before the row above it; sort the rows by time";
            return Err(field.error("timestamp", self.timestamp, what));
        }
        self.last = Some(at);
        Ok(Some(Row { timestamp: timestamp.to_owned(), at, reading }))
    }
}

/// One record's fields, by what they should hold.
struct Fields<'a> {
    record: &'a StringRecord,
    line: u64,
}

impl Fields<'_> {
    fn error(&self, column: &'static str, index: usize, what: &'static str) -> RowError {
        let text = self.record[index].to_owned();
        RowError::Field { line: self.line, column, text, what }
    }

    fn value(&self, column: usize) -> Result<Reading, RowError> {
        let text = &self.record[column];
        if text.is_empty() {
            return Ok(Reading::Missing);
        }
        let what = "is no number; want digits with a point, or nothing where it is missing";
        let value: f64 = text.parse().map_err(|_| self.error("value", column, what))?;
        match value {
            _ if value.is_nan() => Ok(Reading::Missing),
            _ if value.is_finite() => Ok(Reading::Value(value)),
            _ => Err(self.error("value", column, "is infinite; leave it empty if it is unknown")),
        }
    }

    fn ratio(&self, numerator: usize, denominator: usize) -> Result<Reading, RowError> {
        if self.record[numerator].is_empty() && self.record[denominator].is_empty() {
            return Ok(Reading::Missing);
        }
        let count = |name, column: usize| -> Result<u32, RowError> {
            let what = "is no count; want a whole number from 0 to 4294967295";
            let text = self.record[column].trim_end_matches('0').trim_end_matches('.');
            let whole = if self.record[column].contains('.') { text } else { &self.record[column] };
            whole.parse().map_err(|_| self.error(name, column, what))
        };
        let reading = Reading::Ratio {
            numerator: count("numerator", numerator)?,
            denominator: count("denominator", denominator)?,
        };
        match reading {
            Reading::Ratio { numerator: found, denominator: trials } if found > trials => {
                let what = "is more than the denominator; want k of n";
                Err(self.error("numerator", numerator, what))
            }
            _ => Ok(reading),
        }
    }
}

fn table_error(error: csv::Error) -> RowError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => RowError::Read(cause),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => RowError::Table {
            line,
            what: format!("{len} fields where the header has {expected_len}"),
        },
        csv::ErrorKind::Utf8 { .. } => RowError::Table { line, what: "not UTF-8".to_owned() },
        other => RowError::Table { line, what: format!("{other:?}") },
    }
}

/// RFC 3339, a local date and time, or Unix seconds or milliseconds.
fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return match number {
            ..SECONDS => None,
            SECONDS..MILLISECONDS => Timestamp::from_second(number).ok(),
            MILLISECONDS.. => Timestamp::from_millisecond(number).ok(),
        };
    }
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let local: DateTime = text.parse().ok()?;
    zone.to_timestamp(local).ok()
}
