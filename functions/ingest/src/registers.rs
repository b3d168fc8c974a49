//! What this process knows of the registers of dimension values.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tocsin_domain::{
    dimension::{MASKED, OTHER, UNKNOWN},
    id::TenantId,
};
use tocsin_shell::store::register::{Register, Registered};

/// Registers as last read; values are only ever added, so what is known stays true.
#[derive(Default)]
pub(crate) struct Registers(Mutex<HashMap<TenantId, Known>>);

impl Registers {
    /// What is known of a tenant's registers.
    pub(crate) fn of(&self, tenant: &TenantId) -> Known {
        let known = self.0.lock();
        known.ok().and_then(|known| known.get(tenant).cloned()).unwrap_or_default()
    }

    /// Remembers a tenant's registers.
    pub(crate) fn remember(&self, tenant: &TenantId, read: Known) {
        if let Ok(mut known) = self.0.lock() {
            known.entry(tenant.clone()).or_default().0.extend(read.0);
        }
    }
}

/// A tenant's registers, as far as they were read.
#[derive(Clone, Default)]
pub(crate) struct Known(HashMap<Registered, Arc<Register>>);

impl Known {
    /// Whether a value may be used: it is registered, or one of the product's own.
    pub(crate) fn holds(&self, of: Registered, value: &str) -> bool {
        matches!(value, "" | MASKED | OTHER | UNKNOWN)
            || self.0.get(&of).is_some_and(|register| register.holds(value))
    }

    /// Takes a register in.
    pub(crate) fn insert(&mut self, of: Registered, register: Register) {
        self.0.insert(of, Arc::new(register));
    }
}
