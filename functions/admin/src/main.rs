//! `admin`: only wiring. What can be asked for is in `lib.rs`.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use tocsin_admin::{Admin, AdminError, DeadQueues, Request};
use tocsin_ingest::Ingest;
use tocsin_shell::{clock::Clock, config::Environment, secret, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, secret_id) = (environment.tables(), environment.text("MASTER_SECRET_ARN"));
    let events_url = environment.text("EVENTS_QUEUE_URL");
    let dead = DeadQueues {
        events: environment.text("EVENTS_DEAD_QUEUE_URL"),
        ticks: environment.text("TICKS_DEAD_QUEUE_URL"),
        alerts: environment.text("ALERTS_DEAD_QUEUE_URL"),
    };
    let sdk = environment.sdk();
    environment.complete()?;
    let (store, vault) = tokio::join!(Store::open(&sdk, tables), secret::read(&sdk, &secret_id));
    let (store, vault) = (store?, vault?);
    let (queues, clock) = (aws_sdk_sqs::Client::new(&sdk), Clock::Wall);
    let ingest =
        Ingest::new(store.clone(), vault.clone(), queues.clone(), events_url, clock.clone());
    let admin = &Admin { store, vault, ingest, queues, dead, configuration: None };
    let clock = &clock;

    run(service_fn(|event: LambdaEvent<Request>| async move {
        // By this id the account's own trail tells who it was.
        let by = format!("operator ({})", event.context.request_id);
        let done = admin.perform(event.payload, &by, clock.now()).await;
        done.map_err(|error| refusal(&error))
    }))
    .await
}

/// What the invoker is told.
fn refusal(error: &AdminError) -> Diagnostic {
    let error_message = telemetry::chain(error);
    Diagnostic { error_type: "Refused".to_owned(), error_message }
}
