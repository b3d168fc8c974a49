//! An address that is planted in what is received, to be found in nothing that is kept; and the tenant
//! whose it is.

use std::sync::LazyLock;

use serde_json::Value;
use tocsin_domain::id::{PseudonymKey, TenantId};

pub(crate) const PLANTED: &str = "zoe.planted@example.org";

pub(crate) static TENANT: LazyLock<TenantId> =
    LazyLock::new(|| TenantId::try_from("demo".to_owned()).expect("a tenant"));
pub(crate) static KEY: LazyLock<PseudonymKey> =
    LazyLock::new(|| PseudonymKey::derive(b"fuzz", &TENANT, 1));

/// Plants the address in every third string and name of a field, from the `at`th on.
pub(crate) fn plant(value: &mut Value, at: &mut u8) {
    match value {
        Value::String(text) => {
            *at = at.wrapping_add(1);
            if at.is_multiple_of(3) {
                text.push_str(" write to ");
                text.push_str(PLANTED);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, at)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| plant(field, at));
            if at.is_multiple_of(7) {
                fields.insert(PLANTED.to_owned(), Value::Null);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
