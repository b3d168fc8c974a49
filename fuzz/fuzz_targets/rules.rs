//! Rules are read or refused with a reason; those that are read have names of their own.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use tocsin_domain::rule;

fuzz_target!(|yaml: &str| {
    match rule::parse(yaml) {
        Ok(rules) => {
            let names: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
            assert_eq!(names.len(), rules.len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
