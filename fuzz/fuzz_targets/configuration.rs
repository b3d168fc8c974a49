//! A configuration is read or refused with a reason; one that is read survives being stored.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tocsin_domain::configuration::{self, Configuration};

fuzz_target!(|yaml: &str| {
    match configuration::parse(yaml) {
        Ok(configuration) => {
            let stored = serde_json::to_vec(&configuration).expect("serialises");
            let read: Configuration = serde_json::from_slice(&stored).expect("is read back");
            assert_eq!(read, configuration);
            for time in [i64::MIN, 0, i64::MAX] {
                let _ = configuration.at(time);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
