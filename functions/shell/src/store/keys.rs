//! Table keys. Rendering lives here and nowhere else.
//!
//! Invariants: distinct keys render to distinct strings (a tenant holds no `#`, and what a sender
//! chose is percent-encoded or stands last), and sort keys of one kind sort as text in the order of
//! their numbers (fixed width).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tocsin_domain::{
    agent::Day,
    chunk::ObservationKind,
    dimension::View,
    id::{KeyedHash, TenantId},
    metric::Family,
    minute::{Hour, Minute},
    sabotage::{self, Sabotage},
};

use super::register::Registered;

/// An item's primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

fn key(tenant: &TenantId, kind: &str, sk: impl Into<String>) -> Key {
    Key { pk: format!("T#{tenant}#{kind}"), sk: sk.into() }
}

/// The head of a conversation; its pages stand behind it.
pub(crate) fn conversation(tenant: &TenantId, id: KeyedHash) -> Key {
    key(tenant, &format!("C#{id}"), "0")
}

/// A page of a long conversation. `epoch` tells a later life of the same subject apart.
pub(crate) fn page(tenant: &TenantId, id: KeyedHash, epoch: i32, number: usize) -> Key {
    key(tenant, &format!("C#{id}"), format!("{}{number:06}", page_prefix(epoch)))
}

/// What the sort keys of a conversation's pages begin with.
pub(crate) fn page_prefix(epoch: i32) -> String {
    format!("P{epoch}#")
}

/// A customer's visits.
pub(crate) fn customer(tenant: &TenantId, id: KeyedHash) -> Key {
    key(tenant, &format!("K#{id}"), "0")
}

/// An agent's states of one day. The hash is written without the `#` that it begins with.
pub(crate) fn agent_day(tenant: &TenantId, agent: &str, day: Day) -> Key {
    let sk = format!("{:08}", i64::from(day.0) + 10_000_000);
    key(tenant, &format!("W#{}", escaped(agent.trim_start_matches('#'))), sk)
}

/// The agent and day of a key that [`agent_day`] rendered.
pub(crate) fn parse_agent_day(key: &Key) -> Option<(String, Day)> {
    let shifted: i64 = key.sk.parse().ok()?;
    let day = i32::try_from(shifted - 10_000_000).ok()?;
    Some((format!("#{}", key.pk.rsplit('#').next()?), Day(day)))
}

/// What is known of a thing at a minute, or of an event without a conversation.
pub(crate) fn observation(tenant: &TenantId, kind: ObservationKind, name: &str, time: i64) -> Key {
    let sk = match kind {
        // By time, so that those of a day are one read.
        ObservationKind::Change | ObservationKind::Action | ObservationKind::Totals => {
            format!("{}#{name}", instant(time))
        }
        ObservationKind::Queue | ObservationKind::Heartbeat => escaped(name),
    };
    key(tenant, &format!("O#{}", kind.key()), sk)
}

/// An open delta.
pub(crate) fn delta(tenant: &TenantId, id: &str) -> Key {
    key(tenant, "D", id)
}

/// What readers and compaction agree on.
pub(crate) fn head(tenant: &TenantId) -> Key {
    key(tenant, "R", "head")
}

/// The minute tier: an hour's amounts, as of one compaction.
pub(crate) fn segment(tenant: &TenantId, at: Hour, number: u64) -> Key {
    let number = if sabotage::is(Sabotage::SegmentKeyWithoutCompaction) { 0 } else { number };
    key(tenant, "M", format!("{}#{number:012}", hour(at)))
}

/// What fell into closed hours, as of one compaction.
pub(crate) fn bundle(tenant: &TenantId, number: u64) -> Key {
    key(tenant, "L", format!("{number:012}"))
}

/// The hour tier: an hour's cells of one family and view, as of one compaction.
pub(crate) fn cells(tenant: &TenantId, family: Family, view: View, at: Hour, number: u64) -> Key {
    key(tenant, &format!("H#{}#{}", family.key(), view.key()), format!("{}#{number:012}", hour(at)))
}

/// The register of a dimension's values, or of unknown types.
pub(crate) fn register(tenant: &TenantId, of: Registered) -> Key {
    key(tenant, "V", of.key())
}

/// An agent's encrypted name.
pub(crate) fn agent(tenant: &TenantId, hash: &str) -> Key {
    key(tenant, "G", hash)
}

/// The tenant's policy of phrases.
pub(crate) fn policy(tenant: &TenantId) -> Key {
    key(tenant, "F", "policy")
}

/// The tenant's rules in force.
pub(crate) fn rules(tenant: &TenantId) -> Key {
    key(tenant, "U", "current")
}

/// A version of the tenant's rules.
pub(crate) fn rules_version(tenant: &TenantId, version: u64) -> Key {
    key(tenant, "U", format!("version#{version:012}"))
}

/// What a backtest of a text of rules told, by the text's hash.
pub(crate) fn rules_backtest(tenant: &TenantId, hash: &str) -> Key {
    key(tenant, "U", format!("backtest#{hash}"))
}

/// What the tenant sets for itself, in versions.
pub(crate) fn configuration(tenant: &TenantId) -> Key {
    key(tenant, "F", "configuration")
}

/// A source credential, by the hash of its key.
pub(crate) fn credential(hash: &str) -> Key {
    Key { pk: format!("S#{hash}"), sk: "0".to_owned() }
}

/// A connection to a vendor, by the hash of what its deliveries name.
pub(crate) fn connection(hash: &str) -> Key {
    Key { pk: format!("J#{hash}"), sk: "0".to_owned() }
}

/// A connection, in the list of its tenant's.
pub(crate) fn connection_of_tenant(tenant: &TenantId, hash: &str) -> Key {
    key(tenant, "J", hash)
}

/// A tenant, in the list that the schedule walks.
pub(crate) fn tenant(tenant: &TenantId) -> Key {
    Key { pk: "TENANTS".to_owned(), sk: tenant.as_str().to_owned() }
}

/// The alerts that live.
pub(crate) fn live_alerts(tenant: &TenantId) -> Key {
    key(tenant, "R", "alerts")
}

/// The last sample of the longest wait.
pub(crate) fn waits(tenant: &TenantId) -> Key {
    key(tenant, "R", "waits")
}

/// Up to when detectors have seen everything.
pub(crate) fn detectors(tenant: &TenantId) -> Key {
    key(tenant, "R", "detectors")
}

/// Detectors of a watch, packed.
pub(crate) fn detector_pack(tenant: &TenantId, (watch, pack): (u64, u64)) -> Key {
    key(tenant, "Q", format!("{watch:016x}#{pack}"))
}

/// An alert, by its id.
pub(crate) fn alert(tenant: &TenantId, id: &str) -> Key {
    key(tenant, "A", id)
}

/// The claim on one notification.
pub(crate) fn claim(tenant: &TenantId, alert: &str, transition: &str, target: &str) -> Key {
    key(tenant, &format!("N#{alert}"), format!("{transition}#{target}"))
}

/// What a link acknowledges, by the hash of its token.
pub(crate) fn ack_link(hash: &str) -> Key {
    Key { pk: format!("L#{hash}"), sk: "0".to_owned() }
}

/// The tenant's silences.
pub(crate) fn silences(tenant: &TenantId) -> Key {
    key(tenant, "R", "silences")
}

/// An entry of a tenant's trail. The partition is named in `infra/template.yaml`, which denies all but
/// new items in it.
pub(crate) fn audit(tenant: &TenantId, time: i64, content: u64) -> Key {
    key(tenant, "audit", format!("{}-{content:016x}", instant(time)))
}

/// An entry of the deployment's own trail.
pub(crate) fn deployment_audit(time: i64, content: u64) -> Key {
    Key { pk: "DEPLOYMENT#audit".to_owned(), sk: format!("{}-{content:016x}", instant(time)) }
}

/// In the text table: what was said, by conversation.
pub(crate) fn text(tenant: &TenantId, id: KeyedHash, content: u64) -> Key {
    key(tenant, &format!("X#{id}"), format!("{content:016x}"))
}

/// In the text table: what was refused, for replay.
pub(crate) fn rejects(tenant: &TenantId, received: i64, content: u64) -> Key {
    let day = Minute::of(received).0.div_euclid(1440);
    key(tenant, &format!("E#{day}"), format!("{}#{content:016x}", instant(received)))
}

/// Parts of a value too large for one item, by their content.
pub(crate) fn part(tenant: &TenantId, content: u64, number: usize) -> Key {
    key(tenant, &format!("B#{content:016x}"), format!("{number:06}"))
}

/// A sort key that orders hours as text; the year 1677 is hour 0.
pub(crate) fn hour(at: Hour) -> String {
    format!("{:08}", i64::from(at.0) + 10_000_000)
}

/// The hour of a sort key that begins with one.
pub(crate) fn parse_hour(sk: &str) -> Option<Hour> {
    let shifted: i64 = sk.get(..8)?.parse().ok()?;
    i32::try_from(shifted - 10_000_000).ok().map(Hour)
}

/// The compaction's number at the end of a sort key.
pub(crate) fn parse_number(sk: &str) -> Option<u64> {
    sk.rsplit('#').next()?.parse().ok()
}

/// A sort key that orders instants as text.
pub(crate) fn instant(nanoseconds: i64) -> String {
    format!("{:020}", i128::from(nanoseconds) - i128::from(i64::MIN))
}

/// The instant of a sort key that begins with one.
pub(crate) fn parse_instant(sk: &str) -> Option<i64> {
    let shifted: i128 = sk.get(..20)?.parse().ok()?;
    i64::try_from(shifted + i128::from(i64::MIN)).ok()
}

fn escaped(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_time_order() {
        let instants = [i64::MIN, -1, 0, 1, 1_767_607_200_000_000_000, i64::MAX];
        assert!(instants.map(instant).is_sorted());
        for at in instants {
            assert_eq!(parse_instant(&instant(at)), Some(at));
        }
        assert!([-5, 0, 7, 490_000].map(|at| hour(Hour(at))).is_sorted());
        assert_eq!(parse_hour(&hour(Hour(-5))), Some(Hour(-5)));
        let tenant = TenantId::try_from("a".to_owned()).unwrap();
        let days = [-5, 0, 7, 20_000].map(|day| agent_day(&tenant, "#0a1b", Day(day)));
        assert!(days.is_sorted_by_key(|key| &key.sk));
        assert_eq!(parse_agent_day(&days[0]), Some(("#0a1b".to_owned(), Day(-5))));
    }

    #[test]
    fn a_name_can_not_forge_a_key() {
        let tenant = TenantId::try_from("a".to_owned()).unwrap();
        let name = "x#y\nz";
        let key = observation(&tenant, ObservationKind::Queue, name, 0);
        assert!(!key.sk.contains('#') && !key.sk.contains('\n'));
    }
}
