//! `fanout`: only wiring. What happens to a notification is in `lib.rs`.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_fanout::{Bus, Fanout};
use tocsin_shell::{clock::Clock, config::Environment, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let environment = Environment::of_process();
    let (tables, topics) = (environment.tables(), environment.topics());
    let (url, name) = (environment.text("CONSOLE_URL"), environment.text("ALERT_BUS_NAME"));
    let sdk = environment.sdk();
    environment.complete()?;
    let store = Store::open(&sdk, tables).await?;
    let sns = aws_sdk_sns::Client::new(&sdk);
    let bus = Bus { client: aws_sdk_eventbridge::Client::new(&sdk), name };
    let fanout = &Fanout::new(store, sns, topics, url, Clock::Wall).and_onto(bus);
    fanout.open().await?;

    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(fanout.handle(event.payload).await)
    }))
    .await
}
