//! `ingest`: only wiring. What happens to an event is in `lib.rs`.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::StatusCode;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_ingest::Ingest;
use tocsin_shell::{
    clock::Clock, config::Environment, http as shapes, queue, secret, store::Store, telemetry,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, queue_url) = (environment.tables(), environment.text("EVENTS_QUEUE_URL"));
    let secret_id = environment.text("MASTER_SECRET_ARN");
    let sdk = environment.sdk();
    environment.complete()?;
    let store = Store::open(&sdk, tables).await?;
    let vault = secret::read(&sdk, &secret_id).await?;
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    queue::open(&sqs, &queue_url).await?;
    let ingest = &Ingest::new(store, vault, sqs, queue_url, Clock::Wall);

    run(service_fn(|event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let answer = match shapes::from_gateway(event.payload) {
            Some(request) => ingest.handle(&request).await,
            None => shapes::problem(StatusCode::BAD_REQUEST, None, "not a request"),
        };
        Ok::<_, Error>(shapes::to_gateway(answer))
    }))
    .await
}
