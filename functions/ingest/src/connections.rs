//! What this process knows of connections to vendors.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tocsin_shell::{
    store::{
        Store, StoreError,
        connections::{Connection, Named},
    },
    vault::Vault,
};

/// A connection is read again after this long, so that one that has ended stops working.
const AGE: Duration = Duration::from_mins(1);

/// A connection, and its secrets as the vendor has them.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) secrets: Vec<String>,
}

/// Connections as last read, and when, by the hash of what names them.
#[derive(Default)]
pub(crate) struct Connections(Mutex<HashMap<String, (Instant, Arc<Opened>)>>);

impl Connections {
    /// The connection that a delivery names, not older than a minute; `None` where nobody made it.
    pub(crate) async fn of(
        &self,
        named: Named<'_>,
        store: &Store,
        vault: &Vault,
    ) -> Result<Option<Arc<Opened>>, StoreError> {
        let hash = named.hash();
        if let Ok(known) = self.0.lock()
            && let Some((since, opened)) = known.get(&hash)
            && since.elapsed() < AGE
        {
            return Ok(Some(Arc::clone(opened)));
        }
        let Some(connection) = store.connection_of(&hash).await? else { return Ok(None) };
        let secrets = connection.opened(vault);
        if secrets.len() < connection.secrets.len() {
            tracing::warn!(
                connection = hash,
                "a secret was sealed by none of the master's: put it again"
            );
        }
        let opened = Arc::new(Opened { connection, secrets });
        if let Ok(mut known) = self.0.lock() {
            known.insert(hash, (Instant::now(), Arc::clone(&opened)));
        }
        Ok(Some(opened))
    }
}
