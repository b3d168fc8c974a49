//! Tables for tests, and a queue that nobody serves.

use aws_sdk_sqs::{
    Client, Config,
    config::{BehaviorVersion, Region, retry::RetryConfig},
};
use tocsin_shell::store::Store;
use tocsin_tables::{REGION, credentials, fresh};

/// A store over empty tables.
pub(crate) async fn store() -> Store {
    fresh::store().await
}

/// A client of a queue that takes nothing.
pub(crate) fn no_queue() -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(credentials())
        .retry_config(RetryConfig::disabled())
        .endpoint_url("http://127.0.0.1:9");
    Client::from_conf(config.build())
}
