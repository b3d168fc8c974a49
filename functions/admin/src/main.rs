//! `admin`: only wiring. What can be asked for is in `lib.rs`.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use tocsin_admin::{AdminError, Request, perform};
use tocsin_shell::{clock::Clock, config::Environment, secret, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, secret_id) = (environment.tables(), environment.text("MASTER_SECRET_ARN"));
    let sdk = environment.sdk();
    environment.complete()?;
    let store = &Store::open(&sdk, tables).await?;
    let vault = &secret::read(&sdk, &secret_id).await?;
    let clock = &Clock::Wall;

    run(service_fn(|event: LambdaEvent<Request>| async move {
        let done = perform(store, vault, event.payload, clock.now()).await;
        done.map_err(|error| refusal(&error))
    }))
    .await
}

/// What the invoker is told.
fn refusal(error: &AdminError) -> Diagnostic {
    let error_message = telemetry::chain(error);
    Diagnostic { error_type: "Refused".to_owned(), error_message }
}
