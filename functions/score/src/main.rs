//! `score`: only wiring. What a tick does is in `lib.rs`.

#![recursion_limit = "256"]

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_domain::rule::{DEFAULT_RULES, parse};
use tocsin_score::Score;
use tocsin_shell::{clock::Clock, config::Environment, queue, store::Store, telemetry};
use tokio::task::spawn_blocking;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    // While connections are opened.
    let rules = spawn_blocking(|| parse(DEFAULT_RULES));
    let environment = Environment::of_process();
    let (tables, alerts_url) = (environment.tables(), environment.text("ALERTS_QUEUE_URL"));
    let sdk = environment.sdk();
    environment.complete()?;
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    let (store, opened) = tokio::join!(Store::open(&sdk, tables), queue::open(&sqs, &alerts_url));
    opened?;
    let score = &Score::new(store?, sqs, alerts_url, rules.await??, Clock::Wall);

    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(score.handle(event.payload).await)
    }))
    .await
}
