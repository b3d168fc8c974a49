//! `tocsin backtest FILE…`: what on-call would have had of recorded events.
//!
//! The very handlers of the pipeline, in this process and in virtual time, with a tick at every minute
//! and no server. Reading order: [`cloud`] (what AWS is here) → [`pipeline`] (the handlers) → [`feed`]
//! (events, minute by minute) → [`notice`] → [`figures`], [`truth`], [`outcome`] → [`print`].

mod cloud;
mod feed;
mod figures;
mod notice;
mod outcome;
mod pipeline;
mod print;
mod truth;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use tocsin_domain::{
    configuration::{self, Configuration},
    minute::DAY,
    rule::{self, Rule},
};
use tocsin_shell::{config::Retention, store::Store};
use tracing_subscriber::EnvFilter;

use self::{
    figures::Report,
    outcome::compare,
    pipeline::{Pipeline, PipelineError},
};
use crate::replay::{Input, ReplayError, Summary, progress_bar, read_ahead};

/// What to run, and on what.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Events are read as by `tocsin replay`, in the order given; virtual time is the latest event time seen.
Exits with 1 where an event was refused, and says which.

Example: what the default rules would have sent in a simulated fortnight with an incident
  tocsin simulate --incident escalation_surge@+9d3h --truth truth.ndjson > events.ndjson
  tocsin backtest events.ndjson --truth truth.ndjson")]
pub(crate) struct Args {
    /// Events as NDJSON or as a JSON array of CloudEvents, plain or gzip; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Rules instead of the default ones
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Labelled incidents, as `tocsin simulate --truth` writes them
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// What the company sets (targets, prices, thresholds) instead of the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Accept events up to this old
    #[arg(long, value_name = "DAYS", default_value_t = 40)]
    accept_late: u16,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object, for programs
    Json,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    /// A file can not be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// An input can not be opened.
    #[error(transparent)]
    Input(#[from] ReplayError),
    /// Rules or configuration are wrong; each problem with its file and line.
    #[error("{0}")]
    Refused(String),
    /// Labels are wrong.
    #[error(transparent)]
    Label(#[from] truth::LabelError),
    /// No event has a time.
    #[error("no event with a `time` in the input: nothing to test")]
    Empty,
    /// The pipeline can not go on.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// Standard output is closed.
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

/// Runs the events through the pipeline and tells what came of it.
pub(crate) async fn run(args: Args) -> Result<ExitCode, BacktestError> {
    log_to_stderr();
    let rules = rules(args.rules.as_deref())?;
    let configuration = configuration(args.config.as_deref())?;
    let labels = || match &args.truth {
        Some(path) => Ok(Some(truth::parse(path, &read(path)?)?)),
        None => Ok::<_, BacktestError>(None),
    };
    // Who writes events into a pipe writes the labels when it is through.
    let is_piped = args.files.iter().any(|path| path == Path::new("-"));
    let early = if is_piped { None } else { labels()? };
    let inputs = args.files.iter().map(Input::open).collect::<Result<Vec<_>, _>>()?;
    let late = i64::from(args.accept_late) * DAY;
    let store = Store::in_memory(Retention::virtual_time().accepting_late(late));
    let pipeline = Pipeline::new(store, rules.clone(), configuration).await?;
    let bar = progress_bar(&inputs);
    let ran = feed::run(read_ahead(inputs, &bar), &pipeline, &bar).await;
    bar.finish_and_clear();
    let ran = ran?;
    let refused = refused(&ran.summary)?;
    let span = ran.span.ok_or(BacktestError::Empty)?;
    let mut report = Report::new(&rules, ran.notices, ran.messages, span);
    let labels = if is_piped { labels()? } else { early };
    report.truth = labels.map(|labels| compare(&report.notifications, &labels, report.weeks));
    match show(&report, args.format) {
        // A reader who had enough is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(report: &Report, format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Text => print::report(report, &mut out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
            writeln!(out)
        }
    }
}

/// The rules of a file, or the default ones.
fn rules(path: Option<&Path>) -> Result<Vec<Rule>, BacktestError> {
    let Some(path) = path else {
        return rule::parse(rule::DEFAULT_RULES)
            .map_err(|error| BacktestError::Refused(error.to_string()));
    };
    rule::parse(&read(path)?).map_err(|error| {
        let problems = error.problems.iter();
        let lines = problems.map(|one| format!("{}:{}: {}", path.display(), one.line, one.message));
        BacktestError::Refused(lines.collect::<Vec<_>>().join("\n"))
    })
}

fn configuration(path: Option<&Path>) -> Result<Configuration, BacktestError> {
    let Some(path) = path else { return Ok(Configuration::default()) };
    configuration::parse(&read(path)?).map_err(|error| {
        BacktestError::Refused(format!(
            "cannot use the configuration in {}: {error}",
            path.display()
        ))
    })
}

fn read(path: &Path) -> Result<String, BacktestError> {
    std::fs::read_to_string(path)
        .map_err(|cause| BacktestError::Read { path: path.to_owned(), cause })
}

/// Says what was refused, if anything was.
fn refused(summary: &Summary) -> io::Result<bool> {
    if summary.is_clean() {
        return Ok(false);
    }
    summary.print_reasons(&mut io::stderr().lock())?;
    Ok(true)
}

fn log_to_stderr() {
    // The embedded tables warn of every condition that does not hold, which is no trouble at all.
    let usual = || EnvFilter::new("error,dynoxide=error");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| usual());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
}
