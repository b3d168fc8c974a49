//! `tick`: only wiring. What a minute begins with is in `lib.rs`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use tocsin_shell::{config::Environment, queue, store::Store, telemetry};
use tocsin_tick::Ticker;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, queue_url) = (environment.tables(), environment.text("TICKS_QUEUE_URL"));
    let sdk = environment.sdk();
    environment.complete()?;
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    let (store, opened) = tokio::join!(Store::open(&sdk, tables), queue::open(&sqs, &queue_url));
    opened?;
    let ticker = &Ticker::new(store?, sqs, queue_url);

    run(service_fn(|_minute: LambdaEvent<Value>| async move {
        ticker.tick().await.map_err(Error::from)
    }))
    .await
}
