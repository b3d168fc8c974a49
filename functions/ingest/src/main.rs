//! `ingest`: only wiring. What happens to an event is in `lib.rs`.

use aws_config::BehaviorVersion;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::StatusCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_ingest::Ingest;
use tocsin_shell::{clock::Clock, config::Config, http as shapes, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let tables = aws_sdk_dynamodb::Client::new(&sdk);
    let store = Store::new(tables, config.state_table, config.text_table, config.retention);
    store.warm().await?;
    let queue = aws_sdk_sqs::Client::new(&sdk);
    let ingest = &Ingest::new(store, config.vault, queue, config.events_queue, Clock::Wall);

    run(service_fn(|event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let answer = match shapes::from_gateway(event.payload) {
            Some(request) => ingest.handle(&request).await,
            None => shapes::problem(StatusCode::BAD_REQUEST, None, "not a request"),
        };
        Ok::<_, Error>(shapes::to_gateway(answer))
    }))
    .await
}
