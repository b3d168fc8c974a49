//! What this process knows of the registers of dimension values.

use std::{collections::HashMap, sync::Mutex};

use tocsin_domain::{dimension::Dimension, id::TenantId};
use tocsin_shell::store::register::Register;

/// Registers as last read; values are only ever added, so what is known stays true.
#[derive(Default)]
pub(crate) struct Registers(Mutex<HashMap<(TenantId, Dimension), Register>>);

impl Registers {
    /// Whether a value is known to be registered.
    pub(crate) fn holds(&self, tenant: &TenantId, dimension: Dimension, value: &str) -> bool {
        self.0.lock().is_ok_and(|known| {
            known.get(&(tenant.clone(), dimension)).is_some_and(|register| register.holds(value))
        })
    }

    /// Remembers a register that was read.
    pub(crate) fn remember(&self, tenant: &TenantId, dimension: Dimension, register: Register) {
        if let Ok(mut known) = self.0.lock() {
            known.insert((tenant.clone(), dimension), register);
        }
    }
}
