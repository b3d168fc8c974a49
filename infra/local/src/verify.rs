//! `tocsin verify`: the rollups of a running `tocsin dev`, recomputed from the conversations.

use std::{io::Write, process::ExitCode};

use reqwest::Url;
use serde::{Deserialize, Serialize};
use tocsin_shell::verify::Report;

use crate::local::{LocalError, ask};

/// Differences that are printed; all are counted.
const SHOWN: usize = 20;

/// Where.
#[derive(clap::Args)]
#[command(after_help = "Example: tocsin verify --url http://127.0.0.1:8080")]
pub(crate) struct Args {
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    /// The running process did not compare.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// Standard output is closed.
    #[error("cannot print: {0}")]
    Output(#[from] std::io::Error),
}

/// What was compared, as the running process tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    from: String,
    to: Option<String>,
    conversations: usize,
    customers: usize,
    agents: usize,
    minute_cells: usize,
    hour_cells: usize,
    differences: usize,
    shown: Vec<String>,
    steady: bool,
}

impl From<&Report> for Answer {
    fn from(report: &Report) -> Self {
        let shown = report.differences.iter().take(SHOWN).map(|difference| {
            let side = |amount: &tocsin_domain::sums::Amount| {
                format!("sum {} count {}", amount.sum, amount.count)
            };
            format!(
                "{} tier, {}, {} [{}]: rollup {}, conversations {}",
                difference.tier,
                difference.minute.timestamp(),
                difference.metric,
                difference.dimensions,
                side(&difference.stored),
                side(&difference.recomputed),
            )
        });
        Self {
            from: report.from.start().timestamp().to_string(),
            to: report.to.map(|hour| hour.next().start().timestamp().to_string()),
            conversations: report.conversations,
            customers: report.customers,
            agents: report.agents,
            minute_cells: report.minute_cells,
            hour_cells: report.hour_cells,
            differences: report.differences.len(),
            shown: shown.collect(),
            steady: report.is_steady,
        }
    }
}

/// Asks the running process, prints what it says; fails on any difference.
pub(crate) async fn run(args: Args) -> Result<ExitCode, VerifyError> {
    let Args { url } = args;
    let answer: Answer = ask(&url, "/local/verify", reqwest::Client::get).await?;
    let mut out = std::io::stdout().lock();
    match &answer.to {
        Some(to) => writeln!(out, "range          {} to {to}", answer.from)?,
        None => writeln!(out, "range          nothing since {}", answer.from)?,
    }
    writeln!(out, "conversations  {}", answer.conversations)?;
    writeln!(out, "customers      {}", answer.customers)?;
    writeln!(out, "agents         {}", answer.agents)?;
    writeln!(
        out,
        "cells          {} by minute, {} by hour",
        answer.minute_cells, answer.hour_cells
    )?;
    writeln!(out, "differences    {}", answer.differences)?;
    for line in &answer.shown {
        writeln!(out, "  {line}")?;
    }
    if !answer.steady {
        writeln!(out, "events were counted meanwhile: stop the senders and run it again")?;
    }
    let agrees = answer.differences == 0;
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
