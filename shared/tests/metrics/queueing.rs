use tocsin_domain::{
    dimension::Dimension,
    metric::Metric::{AbandonmentRate, ServiceLevel, SpeedOfAnswer},
};

use super::notation::{check, counted_by};

#[test]
fn the_service_level_is_set_by_queue_and_time() {
    let settings = "
versions:
  - service_level_seconds: { vip: 10 }
  - from: 2026-01-05T11:00:00Z
    service_level_seconds: { default: 60 }";
    let counted = counted_by(
        settings,
        "0s queue.entered queue=vip
         15s queue.left queue=vip outcome=answered
         20s queue.entered queue=other
         40s queue.left queue=other outcome=answered
         59m30s queue.entered queue=vip
         60m30s queue.left queue=vip outcome=answered",
    );
    let by_queue = counted.by(ServiceLevel, Dimension::Queue);
    assert_eq!(by_queue, "0m other 1/1, 0m vip 0/1, 60m vip 1/1");
    assert_eq!(counted.total(SpeedOfAnswer), "0m 35/2, 60m 60/1");
}

#[test]
fn an_exit_belongs_to_the_latest_entry_to_its_queue_not_yet_left() {
    check(
        "0s queue.entered queue=a
         10s queue.entered queue=b
         20s queue.entered queue=a
         30s queue.left queue=a outcome=transferred
         60s queue.left queue=a outcome=answered
         2m queue.left queue=b outcome=abandoned",
        &[
            (SpeedOfAnswer, "1m 60/1"),
            (ServiceLevel, "1m 0/1, 2m 0/1"),
            (AbandonmentRate, "1m 0/1, 2m 1/1"),
        ],
    );
    // Without an entry there is no wait.
    check(
        "0s queue.left queue=a outcome=answered",
        &[(ServiceLevel, "0m 0/1"), (SpeedOfAnswer, ""), (AbandonmentRate, "0m 0/1")],
    );
}

#[test]
fn an_exit_keeps_its_queue_for_itself() {
    let counted = super::notation::counted(
        "0s queue.left queue=a outcome=answered
         1m queue.left queue=b outcome=answered queue=b
         2m message.added author=customer queue=c
         3m queue.left queue=a outcome=abandoned
         4m conversation.ended",
    );
    let by_queue = counted.by(AbandonmentRate, Dimension::Queue);
    assert_eq!(by_queue, "0m a 0/1, 1m b 0/1, 3m a 1/1");
    let ended = counted.by(tocsin_domain::metric::Metric::ResolutionRate, Dimension::Queue);
    assert_eq!(ended, "4m c 0/1");
}
