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
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// How long a connection may take to open, as the SDK has it.
const CONNECT: Duration = Duration::from_millis(3_100);

/// Reads a variable of the environment.
pub(crate) type Lookup = fn(&str) -> Option<String>;

/// The authorities that vouch for AWS's services: Amazon Trust Services, by its repository.
const AMAZON: &[u8] = include_bytes!("amazon-authorities.pem");

/// The configuration that clients of all services are made from. `authorities` are those to trust in
/// place of [`trusted`]'s, as PEM.
pub(crate) fn config(region: String, authorities: Option<Vec<u8>>, lookup: Lookup) -> SdkConfig {
    let trusted = trusted(&region, authorities);
    let keys = EnvironmentVariableCredentialsProvider::new();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .retry_config(RetryConfig::standard())
        .service_config(Addresses(lookup))
        .http_client(http_client(trusted))
        .build()
}

/// Whose certificates are taken for AWS's: Amazon's own in the regions that are known to have them. To
/// read all of the machine's takes a sixth of a start.
fn trusted(region: &str, authorities: Option<Vec<u8>>) -> TrustStore {
    match authorities {
        Some(authorities) => TrustStore::empty().with_pem_certificate(authorities),
        None if is_of_partition_aws(region) => TrustStore::empty().with_pem_certificate(AMAZON),
        None => TrustStore::default(),
    }
}

/// Whether a region is none of China's, a government's or of another cloud of its own, by the pattern that
/// AWS publishes for its partition `aws`.
fn is_of_partition_aws(region: &str) -> bool {
    const CONTINENTS: [&str; 9] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"];
    let parts: Vec<&str> = region.split('-').collect();
    matches!(parts[..], [continent, _, _] if CONTINENTS.contains(&continent))
}

/// One connector for the clients of all services: each would make two of its own, and parse the
/// authorities' certificates for both. By ring, which is a megabyte smaller than AWS-LC.
fn http_client(trusted: TrustStore) -> SharedHttpClient {
    #[expect(clippy::expect_used, reason = "it holds nothing that could be wrong")]
    let tls = TlsContext::builder().with_trust_store(trusted).build().expect("a context");
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
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
    use rustls_pki_types::{CertificateDer, pem::PemObject};
    use sha2::{Digest, Sha256};

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
    fn amazons_authorities_are_those_that_it_publishes() {
        // SHA-256 of the certificates in Amazon Trust Services' repository.
        let published = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        let certificates = CertificateDer::pem_slice_iter(AMAZON);
        let digests = certificates.map(|one| format!("{:x}", Sha256::digest(one.unwrap())));
        assert_eq!(digests.collect::<Vec<_>>(), published);
        http_client(trusted("eu-central-1", None));
    }

    #[test]
    fn regions_of_other_clouds_are_none_of_the_partition_aws() {
        for region in ["us-east-1", "eu-central-1", "ap-southeast-7", "mx-central-1"] {
            assert!(is_of_partition_aws(region), "{region}");
        }
        for region in ["cn-north-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "local"] {
            assert!(!is_of_partition_aws(region), "{region}");
        }
    }

    #[test]
    fn an_address_of_its_own_goes_before_that_of_all() {
        assert_eq!(address("Secrets Manager").as_deref(), Some("http://secrets"));
        assert_eq!(address("DynamoDB").as_deref(), Some("http://all"));
    }
}
