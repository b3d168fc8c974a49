//! The options of `tocsin dev`, and the files that they name.

use std::path::{Path, PathBuf};

use tocsin_domain::{
    configuration::{self, Configuration},
    id::TenantId,
    minute::DAY,
    rule::{self, Rule},
};
use tocsin_shell::{config::Retention, store::Store};

use super::{DevError, demo};

/// What to run, and on what.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: tocsin dev --empty --data ./tocsin-data --port 8080")]
pub(crate) struct Args {
    /// Without the demonstration
    #[arg(long)]
    pub(super) empty: bool,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
    /// Folder to keep state in [default: in memory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Now is the latest event time seen, for recorded events
    #[arg(long)]
    pub(super) virtual_time: bool,
    /// Accept events up to this old [default: 7, with --virtual-time 40]
    #[arg(long, value_name = "DAYS")]
    pub(super) accept_late: Option<u16>,
    /// Rules instead of the default ones, until others are saved
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,
    /// What the company sets (targets, prices, thresholds) instead of the defaults
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Phrases that agents must or must not say, and with which customers ask for a person;
    /// stays in force with --data until another is given
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// How long events may wait to be counted together
    #[arg(long, value_name = "SECONDS", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(0..=300))]
    pub(super) batching_window: u16,
}

pub(super) fn retention(args: &Args) -> Retention {
    let usual = if args.virtual_time { Retention::virtual_time() } else { Retention::default() };
    let demo = if args.empty { 0 } else { demo::HISTORY.as_hours() / 24 + 1 };
    let usual_late = usual.accept_late.max(demo * DAY);
    usual.accepting_late(args.accept_late.map_or(usual_late, |days| i64::from(days) * DAY))
}

/// The rules, and as they were written.
pub(super) fn rules(args: &Args) -> Result<(Vec<Rule>, String), DevError> {
    let failed = |path: PathBuf, cause: String| DevError::Rules { path, cause };
    let (path, yaml) = match &args.rules {
        Some(path) => {
            let yaml = std::fs::read_to_string(path);
            (path.clone(), yaml.map_err(|error| failed(path.clone(), error.to_string()))?)
        }
        None => ("the defaults".into(), rule::DEFAULT_RULES.to_owned()),
    };
    let rules = rule::parse(&yaml).map_err(|error| failed(path, error.to_string()))?;
    Ok((rules, yaml))
}

pub(super) fn configuration(args: &Args) -> Result<Configuration, DevError> {
    let Some(path) = &args.config else { return Ok(Configuration::default()) };
    let failed = |cause: String| DevError::Configuration { path: path.clone(), cause };
    let yaml = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    configuration::parse(&yaml).map_err(|error| failed(error.to_string()))
}

pub(super) async fn save_policy(
    store: &Store,
    tenant: &TenantId,
    path: &Path,
) -> Result<(), DevError> {
    let failed = |cause: String| DevError::Policy { path: path.to_owned(), cause };
    let yaml = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    store.put_policy(tenant, &yaml, None).await.map_err(|error| failed(error.to_string()))
}
