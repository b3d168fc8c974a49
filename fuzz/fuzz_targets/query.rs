//! The parameters of `GET /v1/metrics/{metric}`: read or refused by name, and the steps that they
//! ask for are in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tocsin_console::params::{Params, steps};
use tocsin_domain::metric::Metric;

const NOW: i64 = 1_772_442_000_000_000_000;

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    let Ok(query) = std::str::from_utf8(rest) else { return };
    let Ok(params) = Params::parse(Some(query), &["from", "to", "step", "by", "where", "tz"])
    else {
        return;
    };
    let metrics: Vec<Metric> = Metric::public().collect();
    let metric = metrics[usize::from(*first) % metrics.len()];
    if let Ok(selection) = params.selection(metric, str::to_owned) {
        let _ = (selection.view(), selection.stored_view(), selection.is_individual());
    }
    let (Ok(range), Ok(step), Ok(zone)) = (params.range(NOW), params.number("step"), params.zone())
    else {
        return;
    };
    let _ = steps(range, step, &zone);
});
