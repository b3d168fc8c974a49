//! Writing: one row for each row of the input.

use std::io::Write;

use super::{DetectError, input::Row};

const HEADER: [&str; 7] =
    ["timestamp", "value", "expected", "lower", "upper", "anomaly_score", "page_score"];

/// What the detectors say of one row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    /// Expected, lower, upper; `None` while too little is known.
    pub(super) range: Option<[f64; 3]>,
    pub(super) anomaly: f64,
    pub(super) page: f64,
}

/// The table that is written.
pub(super) struct Output<W: Write>(csv::Writer<W>);

impl<W: Write> Output<W> {
    pub(super) fn new(writer: W) -> Result<Self, DetectError> {
        let mut rows = csv::Writer::from_writer(writer);
        rows.write_record(HEADER)?;
        Ok(Self(rows))
    }

    pub(super) fn write(&mut self, row: &Row, judged: &Judged) -> Result<(), DetectError> {
        let number =
            |number: Option<f64>| number.map_or(String::new(), |number| number.to_string());
        let range = |i: usize| number(judged.range.map(|range| range[i]));
        let value = number(row.reading.value());
        let scores = [judged.anomaly.to_string(), judged.page.to_string()];
        let [anomaly, page] = &scores;
        let fields = [&row.timestamp, &value, &range(0), &range(1), &range(2), anomaly, page];
        Ok(self.0.write_record(fields)?)
    }

    pub(super) fn finish(mut self) -> Result<(), DetectError> {
        self.0.flush().map_err(csv::Error::from)?;
        Ok(())
    }
}
