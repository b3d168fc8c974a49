//! The command `tocsin`.

mod admin;
mod backtest;
mod detect;
mod dev;
mod endpoint;
mod local;
mod mask;
mod outbox;
mod poller;
mod queue;
mod replay;
mod rules;
mod simulate;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// A backtest allocates in all that it does.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    /// Tells what alerts recorded events would have led to: tocsin backtest monday.ndjson
    Backtest(backtest::Args),
    /// Recomputes the rollups from the conversations and compares: tocsin verify
    Verify(verify::Args),
    /// Masks lines of text from standard input: echo 'I am a@b.co' | tocsin mask
    Mask(mask::Args),
    /// Erases a customer, replaces the master secret: tocsin admin erase --customer c-4711
    Admin(admin::Args),
    /// Scores a column of history: tocsin detect history.csv
    Detect(detect::Args),
    /// Checks rules: tocsin rules check rules.yaml
    Rules(rules::Args),
    /// Writes a simulated contact centre's events as NDJSON: tocsin simulate --days 1
    Simulate(simulate::command::Args),
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
        Command::Backtest(args) => match backtest::run(args).await {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Command::Verify(args) => match verify::run(args).await {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Command::Admin(args) => match admin::run(args).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Command::Mask(args) => match mask::run(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Command::Detect(args) => match detect::run(args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Command::Rules(args) => match rules::run(args) {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Command::Simulate(args) => match simulate::command::run(&args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
    }
}

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("tocsin: {}", tocsin_shell::telemetry::chain(error));
    ExitCode::FAILURE
}
