//! What clients of AWS are made of on Lambda: region, keys and addresses out of the environment, and
//! one HTTP client for all of them.
//!
//! In place of `aws_config::load_defaults`, which looks for profiles, roles to assume and the metadata of
//! an instance. Lambda has none of them, and all that reads them would be linked and started.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig,
};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// How long a connection may take to open, as the SDK has it.
const CONNECT: Duration = Duration::from_millis(3_100);

/// Reads a variable of the environment.
pub(crate) type Lookup = fn(&str) -> Option<String>;

/// The configuration that clients of all services are made from.
pub(crate) fn config(region: String, lookup: Lookup) -> SdkConfig {
    let keys = EnvironmentVariableCredentialsProvider::new();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .retry_config(RetryConfig::standard())
        .service_config(Addresses(lookup))
        .http_client(http_client())
        .build()
}

/// One connector for the clients of all services: each would make two of its own, and parse the
/// certificates of all authorities for both. By ring, which is a megabyte smaller than AWS-LC.
fn http_client() -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build();
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

/// Addresses other than AWS's own, as emulators have: `AWS_ENDPOINT_URL`, or `AWS_ENDPOINT_URL_SQS` for
/// one service.
#[derive(Debug)]
struct Addresses(Lookup);

impl LoadServiceConfig for Addresses {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().replace([' ', '-'], "_").to_uppercase();
        (self.0)(&format!("{}_{service}", key.env())).or_else(|| (self.0)(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(service: &str) -> Option<String> {
        let lookup: Lookup = |name| match name {
            "AWS_ENDPOINT_URL" => Some("http://all".to_owned()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some("http://secrets".to_owned()),
            _ => None,
        };
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL");
        Addresses(lookup).load_config(key.profile("endpoint_url").build().unwrap())
    }

    #[test]
    fn an_address_of_its_own_goes_before_that_of_all() {
        assert_eq!(address("Secrets Manager").as_deref(), Some("http://secrets"));
        assert_eq!(address("DynamoDB").as_deref(), Some("http://all"));
    }
}
