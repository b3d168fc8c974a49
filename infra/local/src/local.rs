//! What the commands ask a running `tocsin dev` that is no part of the API: its routes under `/local`.

use reqwest::{RequestBuilder, Url};
use serde::de::DeserializeOwned;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalError {
    /// Nobody listens there, or the answer broke off.
    #[error("cannot ask {url}: {cause}; is `tocsin dev` running?")]
    Unreachable {
        /// Where.
        url: Url,
        /// What went wrong.
        cause: reqwest::Error,
    },
    /// It listens and could not.
    #[error("{url} answered {status}: {body}")]
    Refused {
        /// Where.
        url: Url,
        /// How.
        status: u16,
        /// Why.
        body: String,
    },
}

/// Asks for a path of the process at this address.
pub(crate) async fn ask<Answer: DeserializeOwned>(
    url: &Url,
    path: &str,
    request: impl FnOnce(&reqwest::Client, Url) -> RequestBuilder,
) -> Result<Answer, LocalError> {
    let unreachable = |cause| LocalError::Unreachable { url: url.clone(), cause };
    let mut address = url.clone();
    address.set_path(path);
    let client = reqwest::Client::builder().no_proxy().build().map_err(unreachable)?;
    let response = request(&client, address).send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        let body = response.text().await.map_err(unreachable)?;
        return Err(LocalError::Refused { url: url.clone(), status: status.as_u16(), body });
    }
    response.json().await.map_err(unreachable)
}
