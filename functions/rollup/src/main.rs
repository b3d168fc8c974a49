//! `rollup`: only wiring. What happens to a batch is in `lib.rs`.

#![recursion_limit = "256"]

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_rollup::Rollup;
use tocsin_shell::{clock::Clock, config::Environment, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let tables = environment.tables();
    let sdk = environment.sdk();
    environment.complete()?;
    let store = Store::open(&sdk, tables).await?;
    let rollup = &Rollup::by_stored(store, Clock::Wall);

    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(rollup.handle(event.payload).await)
    }))
    .await
}
