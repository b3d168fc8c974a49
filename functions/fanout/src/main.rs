//! `fanout`: only wiring. What happens to a notification is in `lib.rs`.

use aws_config::BehaviorVersion;
use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tocsin_fanout::Fanout;
use tocsin_shell::{clock::Clock, config::Config, store::Store, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::init();
    let config = Config::from_env()?;
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let tables = aws_sdk_dynamodb::Client::new(&sdk);
    let store = Store::new(tables, config.state_table, config.text_table, config.retention);
    store.warm().await?;
    let sns = aws_sdk_sns::Client::new(&sdk);
    let (topics, url) = (config.topics, config.console_url);
    let fanout = &Fanout::new(store, sns, topics, url, Clock::Wall);

    run(service_fn(|event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Error>(fanout.handle(event.payload).await)
    }))
    .await
}
