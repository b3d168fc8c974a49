//! `ingest`: only wiring. What happens to an event is in `lib.rs`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::value::RawValue;
use tocsin_domain::derived;
use tocsin_ingest::Ingest;
use tocsin_shell::{clock::Clock, config::Environment, queue, secret, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    // While connections are opened; the first text waits for what is left of them.
    std::thread::spawn(derived::read_lexicon);
    std::thread::spawn(derived::compile_names);
    let environment = Environment::of_process();
    let (tables, queue_url) = (environment.tables(), environment.text("EVENTS_QUEUE_URL"));
    let secret_id = environment.text("MASTER_SECRET_ARN");
    let sdk = environment.sdk();
    environment.complete()?;
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    let (store, vault, opened) = tokio::join!(
        Store::open(&sdk, tables),
        secret::read(&sdk, &secret_id),
        queue::open(&sqs, &queue_url)
    );
    opened?;
    let ingest = &Ingest::new(store?, vault?, sqs, queue_url, Clock::Wall);

    run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        Ok::<_, Error>(ingest.invoke(&event.payload).await?)
    }))
    .await
}
