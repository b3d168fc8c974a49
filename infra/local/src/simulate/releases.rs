//! What is deployed in everyday life: articles every week, prompts, routing and the model now and
//! then. These changes harm nobody; they are the noise in which the harmful ones hide.

use super::{
    calendar::weeks_since,
    event::{DAY, HOUR, timestamp},
};

/// Something that has versions.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) component: &'static str,
    pub(super) name: &'static str,
    /// Begins its versions, before the date (or the number 1, where none follows by itself).
    prefix: &'static str,
    /// Weeks from one version to the next; 0 for what only incidents change.
    weeks: i64,
    /// Which of these weeks.
    phase: i64,
    /// 0 for Monday, and the hour, local time.
    when: (i64, i64),
}

const fn release(
    component: &'static str,
    name: &'static str,
    prefix: &'static str,
    (weeks, phase): (i64, i64),
    when: (i64, i64),
) -> Release {
    Release { component, name, prefix, weeks, phase, when }
}

/// What the AI agent reads.
pub(super) static ARTICLES: Release =
    release("knowledge_base", "help-articles", "kb-", (1, 0), (0, 8));
/// The language model.
pub(super) static MODEL: Release = release("model", "shop-lm", "", (8, 3), (2, 11));
/// Which intent waits in which queue.
static ROUTING: Release = release("routing", "queue-table", "table-", (2, 1), (3, 10));
static PROMPTS: [Release; 6] = [
    release("prompt", "orders", "orders-", (3, 0), (1, 10)),
    release("prompt", "refund", "refund-", (3, 1), (1, 10)),
    release("prompt", "returns", "returns-", (3, 2), (1, 10)),
    release("prompt", "advice", "advice-", (3, 0), (1, 15)),
    release("prompt", "payments", "payments-", (3, 1), (1, 15)),
    release("prompt", "account", "account-", (3, 2), (1, 15)),
];
/// How the AI agent says hello.
pub(super) static GREETING: Release = release("prompt", "greeting", "greeting-", (0, 0), (0, 0));
/// When the AI agent passes on.
pub(super) static HANDOFF_POLICY: Release =
    release("policy", "handoff-policy", "policy-", (0, 0), (0, 0));
/// What customers of the segment `plus` are offered.
pub(super) static PLUS_POLICY: Release =
    release("policy", "plus-policy", "policy-", (0, 0), (0, 0));
/// What agents are measured by.
pub(super) static HANDLE_TIME_TARGET: Release =
    release("policy", "handle-time-target", "target-", (0, 0), (0, 0));
/// What passes the AI agent's knowledge on.
pub(super) static HANDOFF_BRIDGE: Release =
    release("code", "handoff-bridge", "build-", (0, 0), (0, 0));
/// What closes conversations.
pub(super) static CLOSING_JOB: Release =
    release("config", "closing-job", "config-", (0, 0), (0, 0));

/// The prompt of this name.
pub(super) fn prompt_named(name: &str) -> Option<&'static Release> {
    PROMPTS.iter().find(|prompt| prompt.name == name)
}

/// All that has a new version now and then.
pub(super) fn everyday() -> impl Iterator<Item = &'static Release> {
    [&ARTICLES, &MODEL, &ROUTING].into_iter().chain(&PROMPTS)
}

impl Release {
    /// The version in force at this local time.
    pub(super) fn version(&self, local: i64) -> String {
        if self.weeks == 0 {
            return format!("{}1", self.prefix);
        }
        let date = timestamp(self.latest(local)).strftime("%Y.%m.%d");
        format!("{}{date}", self.prefix)
    }

    /// The version before that.
    pub(super) fn previous(&self, local: i64) -> String {
        self.version(self.latest(local) - 1)
    }

    /// Local time of the latest version's deployment.
    pub(super) fn latest(&self, local: i64) -> i64 {
        let (weekday, hour) = self.when;
        let week = weeks_since(local, weekday, hour) - self.phase;
        let latest = week.div_euclid(self.weeks.max(1)) * self.weeks.max(1) + self.phase;
        latest * 7 * DAY - 3 * DAY + weekday * DAY + hour * HOUR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_holds_from_its_hour_until_the_next() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let version = |text| ARTICLES.version(at(text));
        assert_eq!(version("2026-01-05T07:59:59Z"), "kb-2025.12.29");
        assert_eq!(version("2026-01-05T08:00:00Z"), "kb-2026.01.05");
        assert_eq!(ARTICLES.previous(at("2026-01-07T00:00:00Z")), "kb-2025.12.29");
    }

    #[test]
    fn every_release_comes_now_and_then() {
        let start = "2026-01-05T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        for release in everyday() {
            let versions: std::collections::BTreeSet<String> =
                (0..56).map(|day| release.version(start + day * DAY)).collect();
            assert!((2..=9).contains(&versions.len()), "{}: {versions:?}", release.name);
        }
    }
}
