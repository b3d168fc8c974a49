//! `admin`: only wiring. What can be asked for is in `lib.rs`.

use aws_config::BehaviorVersion;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use tocsin_admin::{AdminError, Request, perform};
use tocsin_shell::{clock::Clock, config::Environment, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let tables = environment.tables();
    environment.complete()?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let store = &Store::open(&sdk, tables).await?;
    let clock = &Clock::Wall;

    run(service_fn(|event: LambdaEvent<Request>| async move {
        perform(store, event.payload, clock.now()).await.map_err(|error| refusal(&error))
    }))
    .await
}

/// What the invoker is told.
fn refusal(error: &AdminError) -> Diagnostic {
    let error_message = telemetry::chain(error);
    Diagnostic { error_type: "Refused".to_owned(), error_message }
}
