//! Samples the longest wait, once a minute.

use tocsin_domain::{id::TenantId, minute::Minute, sums::Sums, wait::Sample};
use tocsin_shell::{
    rollups::{QueryError, Reader},
    store::{Store, StoreError},
};

/// Takes this minute's sample, unless it is taken; an idle tenant costs no write.
pub(crate) async fn sample(
    store: &Store,
    reader: &Reader<'_>,
    tenant: &TenantId,
    now: i64,
) -> Result<(), StoreError> {
    let (before, read) = store.last_sample(tenant).await?;
    if read.is_some() && before.minute >= Minute::of(now) {
        return Ok(());
    }
    let queued = match reader.queued().await {
        Ok(queued) => queued,
        Err(QueryError::Store(error)) => return Err(error),
        // Cohorts are kept by queue and channel, so there is nothing to refuse.
        Err(QueryError::NotKept(_)) => return Ok(()),
    };
    let taken = Sample::take(&queued, now);
    let mut delta = Sums::default();
    taken.contribute(&before, &mut delta);
    if delta.is_empty() {
        return Ok(());
    }
    match store.write_sample(tenant, &taken, &delta, read, now).await {
        // Another scorer took it.
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}
