//! The scorer over an embedded table: what it is told, and the alert that opens.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use tocsin_domain::{
    alert::Alert,
    chunk::{Observation, ObservationKind},
    compaction::Head,
    id::TenantId,
    minute::{MINUTE, Minute},
    rule::parse,
};
use tocsin_score::{Score, Tick};
use tocsin_shell::{
    clock::Clock,
    store::{Store, conversations, observations::ObservationWrite},
};

use crate::{
    centre::{Centre, NOON, WEEK},
    tables,
};

/// Minutes from the beginning of an incident to the last look.
const PATIENCE: i32 = 60;

/// One table for all tenants.
pub(crate) struct World {
    store: Store,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self { store: tables::store().await }
    }

    /// Plays a centre, looking every five minutes; returns the alert as it opened.
    pub(crate) async fn play(&self, seed: u64, centre: &Centre) -> Option<Alert> {
        let tenant = TenantId::try_from(format!("centre-{seed}")).unwrap();
        self.show(&tenant, centre).await;
        self.deploy(&tenant, centre).await;
        let clock = Clock::starting_at(NOON.start());
        let rules = parse(&centre.rule()).unwrap();
        let queue = (tables::no_queue(), "http://127.0.0.1:9/alerts".to_owned());
        let score = Score::new(self.store.clone(), queue.0, queue.1, rules, clock.clone());
        for minute in (5..=PATIENCE).step_by(5) {
            clock.now_at(NOON.plus(minute).start() + MINUTE / 2);
            let body = serde_json::to_string(&Tick { tenant: tenant.clone() }).unwrap();
            let mut message = SqsMessage::default();
            (message.message_id, message.body) = (Some("1".into()), Some(body));
            let mut event = SqsEvent::default();
            event.records.push(message);
            let response = score.handle(event).await;
            assert!(response.batch_item_failures.is_empty());
            let live = self.store.live_alerts(&tenant).await.unwrap();
            if let Some(alert) = live.alerts.into_values().next() {
                return Some(alert);
            }
        }
        None
    }

    /// All minutes are there from the start, and the windows end at the minute that is looked at. Hours
    /// count as closed, so that nothing is compacted meanwhile.
    async fn show(&self, tenant: &TenantId, centre: &Centre) {
        let segments = centre.sums.split_by(Minute::hour);
        self.store.put_segments(tenant, 1, &segments, NOON.start()).await.unwrap();
        let first = NOON.plus(-5 * WEEK).hour();
        let closed = vec![(first, NOON.plus(WEEK).hour())];
        let head = Head { committed: 1, closed, first: Some(first), ..Head::default() };
        self.store.write_head(tenant, &head, None).await.unwrap();
    }

    async fn deploy(&self, tenant: &TenantId, centre: &Centre) {
        for (id, deployed) in (1..).zip(&centre.deployed) {
            let data = serde_json::json!({
                "component": deployed.component, "name": deployed.name, "version": deployed.version,
            });
            let observation = Observation {
                kind: ObservationKind::Change,
                key: format!("{}/{}", deployed.name, deployed.version),
                time: deployed.at(),
                source: "/deploy".to_owned(),
                id,
                queue: String::new(),
                data: data.to_string(),
            };
            let observations = vec![ObservationWrite { observation, read: None }];
            let change = conversations::Change { observations, ..conversations::Change::default() };
            self.store.write_change(tenant, change, deployed.at()).await.unwrap();
        }
    }
}
