//! `tocsin admin`: what an operator does to a running `tocsin dev`, or to its folder.

use std::{io::Write, path::PathBuf};

use clap::{Parser, Subcommand};
use reqwest::Url;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tocsin_admin::Connected;
pub(crate) use tocsin_admin::Request;
use tocsin_shell::erasure::Erased;

use tocsin_ingest::Reprocessed;

use crate::{
    dev::{
        TENANT,
        data::{Data, DataError},
    },
    local::{LocalError, ask},
};

/// What to do.
#[derive(Parser)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Removes what was said, and by whom; the anonymous counts stay
    #[command(after_help = "Example: tocsin admin erase --customer c-4711")]
    Erase(EraseArgs),
    /// Hands a queue's dead letters over again
    #[command(after_help = "Example: tocsin admin redrive events")]
    Redrive(RedriveArgs),
    /// Decodes anew what was refused, and counts what is accepted now
    #[command(after_help = "Example: tocsin admin reprocess --from 2026-03-02T00:00:00Z")]
    Reprocess(ReprocessArgs),
    /// Takes a vendor's deliveries as an account's; says where it is to post them
    #[command(
        after_help = "Example: tocsin admin connect --platform zendesk --account acme --secret SECRET"
    )]
    Connect(ConnectArgs),
    /// Lists connections to vendors
    #[command(after_help = "Example: tocsin admin connections")]
    Connections(ConnectionsArgs),
    /// Ends a connection
    #[command(after_help = "Example: tocsin admin disconnect ID")]
    Disconnect(DisconnectArgs),
    /// Replaces the master secret of a folder that no `tocsin dev` uses; the former is still known
    #[command(after_help = "Example: tocsin admin rotate-secret --data ./tocsin-data")]
    RotateSecret(RotateArgs),
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Name {
    /// The conversation's `subject`, as the events name it
    #[arg(long)]
    subject: Option<String>,
    /// The `data.customer`, as the events name it
    #[arg(long)]
    customer: Option<String>,
}

#[derive(clap::Args)]
struct EraseArgs {
    #[command(flatten)]
    name: Name,
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct RedriveArgs {
    /// Whose dead letters
    #[arg(value_parser = ["events", "ticks", "alerts"])]
    queue: String,
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct ReprocessArgs {
    /// What was received from this moment on, at most 14 days ago (RFC 3339)
    #[arg(long)]
    from: String,
    /// And before this one; until now if it is not given
    #[arg(long)]
    until: Option<String>,
    /// A prefix of `source` whose events are taken though their key did not cover them
    #[arg(long = "source")]
    sources: Vec<String>,
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct ConnectArgs {
    /// The vendor: cloudevents, connect, genesys or zendesk
    #[arg(long)]
    platform: String,
    /// The account's name in sources and subjects
    #[arg(long)]
    account: String,
    /// A secret by which the vendor signs; several while one is being replaced
    #[arg(long = "secret")]
    secrets: Vec<String>,
    /// The last part of the path; drawn if it is not given
    #[arg(long)]
    connection: Option<String>,
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct ConnectionsArgs {
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct DisconnectArgs {
    /// As `connect` and `connections` say it
    id: String,
    /// Address of the running `tocsin dev`
    #[arg(long, env = "TOCSIN_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,
}

#[derive(clap::Args)]
struct RotateArgs {
    /// The folder of `tocsin dev --data`
    #[arg(long)]
    data: PathBuf,
    /// Forget the former secrets instead: what was hashed under them alone is not found any more
    #[arg(long)]
    forget: bool,
}

/// What is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Erase {
    /// A subject, as sent.
    Subject(String),
    /// A customer, as sent.
    Customer(String),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    /// The running process did not do it.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// The folder can not be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Standard output is closed.
    #[error("cannot print: {0}")]
    Output(#[from] std::io::Error),
}

/// Does it, and says what was done.
pub(crate) async fn run(args: Args) -> Result<(), AdminError> {
    match args.command {
        Command::Erase(args) => erase(args).await,
        Command::Redrive(args) => redrive(args).await,
        Command::Reprocess(args) => reprocess(args).await,
        Command::Connect(args) => connect(args).await,
        Command::Connections(ConnectionsArgs { url }) => connections(&url).await,
        Command::Disconnect(DisconnectArgs { id, url }) => {
            let asked = json!({ "do": "delete_connection", "id": id });
            let _: Value = administer(&url, &asked).await?;
            Ok(())
        }
        Command::RotateSecret(RotateArgs { data, forget }) => {
            let versions = Data::open(Some(&data))?.rotate(forget)?;
            let versions: Vec<String> = versions.iter().map(u8::to_string).collect();
            let mut out = std::io::stdout().lock();
            writeln!(out, "secrets        {} (the current one first)", versions.join(", "))?;
            Ok(())
        }
    }
}

async fn redrive(RedriveArgs { queue, url }: RedriveArgs) -> Result<(), AdminError> {
    #[derive(Deserialize)]
    struct Redriven {
        letters: u64,
    }
    let asked = json!({ "do": "redrive", "queue": queue });
    let Redriven { letters } = administer(&url, &asked).await?;
    writeln!(std::io::stdout().lock(), "letters        {letters} handed over again")?;
    Ok(())
}

async fn connect(args: ConnectArgs) -> Result<(), AdminError> {
    let ConnectArgs { platform, account, secrets, connection, url } = args;
    let asked = json!({
        "do": "put_connection", "tenant": TENANT, "platform": platform, "account": account,
        "secrets": secrets, "connection": connection,
    });
    let Connected { id, path, .. } = administer(&url, &asked).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "path           {}", path.unwrap_or_default())?;
    writeln!(out, "id             {id}")?;
    Ok(())
}

async fn connections(url: &Url) -> Result<(), AdminError> {
    #[derive(Deserialize)]
    struct Listed {
        connections: Vec<Connected>,
    }
    let asked = json!({ "do": "list_connections", "tenant": TENANT });
    let Listed { connections } = administer(url, &asked).await?;
    let mut out = std::io::stdout().lock();
    for Connected { id, platform, account, secrets, .. } in connections {
        let platform = platform.as_str();
        writeln!(out, "{platform:<14} {account} ({secrets} secrets), id {id}")?;
    }
    Ok(())
}

async fn reprocess(args: ReprocessArgs) -> Result<(), AdminError> {
    let ReprocessArgs { from, until, sources, url } = args;
    let asked = json!({
        "do": "reprocess", "tenant": TENANT, "from": from, "until": until, "sources": sources,
    });
    let Reprocessed { accepted, refused, why } = administer(&url, &asked).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "accepted       {accepted} events")?;
    writeln!(out, "refused        {refused} events still")?;
    for (why, events) in why {
        writeln!(out, "               {events} {why}")?;
    }
    Ok(())
}

async fn administer<T: DeserializeOwned>(url: &Url, asked: &Value) -> Result<T, LocalError> {
    ask(url, "/local/admin", |client, url| client.post(url).json(asked)).await
}

async fn erase(EraseArgs { name, url }: EraseArgs) -> Result<(), AdminError> {
    let asked = match name {
        Name { customer: Some(customer), .. } => Erase::Customer(customer),
        Name { subject, .. } => Erase::Subject(subject.unwrap_or_default()),
    };
    let erased: Erased =
        ask(&url, "/local/erase", |client, url| client.post(url).json(&asked)).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "conversations  {} are anonymous now", erased.conversations)?;
    writeln!(
        out,
        "customer       {}",
        if erased.customer { "is anonymous now" } else { "not known" }
    )?;
    writeln!(out, "texts          {} items deleted", erased.texts)?;
    writeln!(out, "refusals       {} deleted", erased.refusals)?;
    writeln!(out, "alerts         {} with renamed exemplars", erased.alerts)?;
    Ok(())
}
