//! The command `tocsin`.

mod dev;
mod endpoint;
mod outbox;
mod poller;
#[allow(dead_code, reason = "dead letters have no command yet")]
mod queue;
mod replay;
#[allow(dead_code, reason = "incidents' truth records have no command yet")]
mod simulate;
mod verify;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

/// Real-time observability of customer experience.
#[derive(Parser)]
#[command(name = "tocsin", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Without a command: `tocsin dev`.
    #[command(flatten)]
    dev: dev::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the whole pipeline on this machine: tocsin dev
    Dev(dev::Args),
    /// Sends recorded events: tocsin replay events/cloudevents/batch.json
    Replay(replay::Args),
    /// Recomputes the rollups from the conversations and compares: tocsin verify
    Verify(verify::Args),
    /// Writes a simulated contact centre's events as NDJSON: tocsin simulate --days 1
    Simulate(SimulateArgs),
}

#[derive(clap::Args)]
struct SimulateArgs {
    /// First day.
    #[arg(long, default_value = "2026-01-05")]
    start: jiff::civil::Date,
    /// How many days.
    #[arg(long, default_value_t = 14)]
    days: u16,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mean conversations an hour.
    #[arg(long, default_value_t = 60.0)]
    volume: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Dev(cli.dev)) {
        Command::Dev(args) => match dev::run(args).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Command::Replay(args) => match replay::run(args).await {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Command::Verify(args) => match verify::run(args).await {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Command::Simulate(args) => match simulate_to_stdout(&args) {
            Ok(()) => ExitCode::SUCCESS,
            // The reader of a pipe had enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
    }
}

fn simulate_to_stdout(args: &SimulateArgs) -> std::io::Result<()> {
    let start = args.start.to_zoned(jiff::tz::TimeZone::UTC).map_err(std::io::Error::other)?;
    let length = jiff::SignedDuration::from_hours(24 * i64::from(args.days));
    let end = start.timestamp().checked_add(length).map_err(std::io::Error::other)?;
    let scenario = simulate::Scenario {
        seed: args.seed,
        start: start.timestamp(),
        end,
        conversations_per_hour: args.volume,
        incidents: Vec::new(),
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for event in simulate::events(&scenario) {
        writeln!(out, "{}", event.json)?;
    }
    out.flush()
}

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("tocsin: {}", tocsin_shell::telemetry::chain(error));
    ExitCode::FAILURE
}
