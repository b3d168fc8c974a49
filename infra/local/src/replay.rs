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
//! Reading order: [`input`] → [`pace`] → [`send`] → [`destination`] (by which [`way`]) → [`summary`].

mod destination;
mod input;
mod pace;
mod send;
mod summary;
#[cfg(test)]
mod tests;
mod way;

use std::{io, path::PathBuf, process::ExitCode, str::FromStr};

use reqwest::{StatusCode, Url};
use tocsin_domain::platform::Platform;
use tokio::time::Instant;

use self::{destination::Destination, send::send_all, way::Way};
pub(crate) use self::{
    destination::{Answer, Rejection},
    input::{Input, Item, Place, progress_bar, read_ahead},
    pace::Header,
    send::Batch,
    summary::Summary,
};

/// What to send, where to, and how fast.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: tocsin replay monday.ndjson tuesday.json.gz --speed 60x")]
pub(crate) struct Args {
    /// Events as NDJSON or as a JSON array of CloudEvents, plain or gzip; `-` is standard input. With
    /// `--platform` that vendor's deliveries in the same forms
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Address of the Tocsin to send to
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) url: Url,
    /// Source key to send with; with `--platform` the secret by which the vendor signs
    #[arg(long, env = "TOCSIN_KEY", default_value = "local", hide_env_values = true)]
    pub(crate) key: String,
    /// The vendor whose deliveries these are: each is sent and signed as the vendor does
    #[arg(long, value_parser = platform)]
    pub(crate) platform: Option<Platform>,
    /// The connection to deliver to, as the path that `put_connection` told ends
    #[arg(long, default_value = "local", requires = "platform")]
    pub(crate) connection: String,
    /// `max`, or a multiple of the pace at which the events happened: `60x`, `1x`
    #[arg(long, default_value = "max")]
    pub(crate) speed: Speed,
}

fn platform(name: &str) -> Result<Platform, String> {
    Platform::parse(name).ok_or_else(|| {
        let known = Platform::ALL.map(Platform::as_str).join(", ");
        format!("want one of {known}")
    })
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
    /// Nobody answered for a minute.
    #[error("cannot reach {url} ({cause}): is `tocsin dev` running?")]
    Unreachable {
        /// Where to.
        url: Url,
        /// The innermost cause.
        cause: String,
    },
    /// It answered "busy" for ten minutes.
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
    let way = match args.platform {
        Some(platform) => Way::Deliveries { platform, connection: args.connection },
        None => Way::Events,
    };
    let destination = Destination::new(&args.url, args.key, way)?;
    let bar = progress_bar(&inputs);
    let start = Instant::now();
    let (summary, outcome) =
        send_all(read_ahead(inputs, &bar), destination, args.speed, &bar).await;
    bar.finish_and_clear();
    summary.print(&mut io::stdout().lock(), start.elapsed()).map_err(ReplayError::Output)?;
    outcome?;
    Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
