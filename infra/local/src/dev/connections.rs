//! Connections to vendors that are accepted, and nowhere but here: `/v1/sources/{platform}/local`.

use tocsin_domain::{id::TenantId, platform::Platform};
use tocsin_shell::{
    store::{
        Store, StoreError,
        connections::{Connection, Named},
    },
    vault::Vault,
};

/// The connection's name, its account's, and the secret by which a vendor would sign.
const LOCAL: &str = "local";
/// The same secret, as Standard Webhooks write it.
const ENCODED: &str = "whsec_bG9jYWw=";

/// Makes them.
pub(super) async fn put(store: &Store, vault: &Vault, tenant: &TenantId) -> Result<(), StoreError> {
    for platform in Platform::ALL {
        let scheme = platform.usual_scheme();
        let (account, secret) = match platform {
            // Of any source, as the local source key.
            Platform::CloudEvents => ("", ENCODED),
            _ => (LOCAL, LOCAL),
        };
        let secrets = if scheme.signs() { vec![vault.seal_secret(tenant, secret)] } else { vec![] };
        let (tenant, account) = (tenant.clone(), account.to_owned());
        let made = Connection { tenant, platform, account, scheme, secrets, event_source: None };
        store.put_connection(Named::Path(platform, LOCAL), &made, None).await?;
    }
    Ok(())
}
