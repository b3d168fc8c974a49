use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::{
    configuration::Configuration,
    derived::Policy,
    dimension::Dimension,
    minute::{DAY, Minute},
    platform::{Platform, signature::Scheme},
};
use tocsin_shell::{
    store::{
        StoreError,
        configuration::SaveConfigurationError,
        connections::{Connection, Named},
        credentials::Credential,
        register::Registered,
        rules::{RulesBacktest, SavedRules, rules_hash},
    },
    vault::{Vault, credential_hash},
};
use tocsin_tables::fresh::store;

use super::{NOW, named, sums, tenant, told};

#[tokio::test]
async fn a_source_key_stands_for_its_credential_until_it_is_deleted() {
    let store = store().await;
    let credential = |tenant: &str| Credential {
        tenant: named(tenant),
        sources: vec!["/a".to_owned()],
        name: "a".to_owned(),
    };
    for (key, tenant) in [("one", "b"), ("two", "a"), ("three", "b")] {
        store.put_credential(key, &credential(tenant), None).await.unwrap();
    }
    assert_eq!(store.credential("two").await.unwrap(), Some(credential("a")));
    assert_eq!(store.credential("four").await.unwrap(), None);
    for again in 0..2 {
        let entry = told(NOW + again);
        store.delete_credential(&named("a"), &credential_hash("two"), &entry).await.unwrap();
        assert_eq!(store.credential("two").await.unwrap(), None);
    }
    assert_eq!(store.tenants().await.unwrap(), [named("a"), named("b")]);
}

#[tokio::test]
async fn a_connection_is_found_by_what_names_it_alone_until_it_ends() {
    let (store, vault) = (store().await, Vault::new(vec![1; 32]));
    let connection = |tenant: &str, account: &str| Connection {
        tenant: named(tenant),
        platform: Platform::Connect,
        account: account.to_owned(),
        scheme: Scheme::Unsigned,
        secrets: vec![vault.seal_secret(&named(tenant), "s")],
        event_source: None,
    };
    let source = "aws.connect/111122223333";
    let (bus, path) = (Named::EventSource(source), Named::Path(Platform::Connect, "drawn"));
    for (name, tenant, account) in [(bus, "a", "one"), (path, "a", "two"), (path, "a", "three")] {
        store.put_connection(name, &connection(tenant, account), None).await.unwrap();
    }
    // Who posts to a path does not reach what an event bus brings.
    let by_path = Named::Path(Platform::Connect, source);
    assert_eq!(store.connection(by_path).await.unwrap(), None);
    assert_eq!(store.connection(Named::Path(Platform::Zendesk, "drawn")).await.unwrap(), None);
    assert_eq!(store.connection(bus).await.unwrap(), Some(connection("a", "one")));
    let found = store.connection(path).await.unwrap().unwrap();
    assert_eq!((found.account.as_str(), found.opened(&vault)), ("three", vec!["s".to_owned()]));
    assert_eq!(store.tenants().await.unwrap(), [named("a")]);
    assert_eq!(store.connections(&named("a")).await.unwrap().len(), 2);
    assert_eq!(store.connections(&named("b")).await.unwrap(), []);
    for again in 0..2 {
        store.delete_connection(&named("a"), &path.hash(), &told(NOW + again)).await.unwrap();
        assert_eq!(store.connection(path).await.unwrap(), None);
    }
    let listed = store.connections(&named("a")).await.unwrap();
    assert_eq!(listed, [(bus.hash(), connection("a", "one"))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_many_register_at_once_are_all_there() {
    let (store, of) = (store().await, Registered::Of(Dimension::Intent));
    let values = |by: usize| (0..5).map(|n| format!("{by}-{n}")).collect::<BTreeSet<_>>();
    let senders = (0..4).map(|by| {
        let store = store.clone();
        tokio::spawn(async move {
            store.register_values(&tenant(), of, &values(by), &by.to_string(), NOW).await.unwrap()
        })
    });
    for (by, sender) in senders.collect::<Vec<_>>().into_iter().enumerate() {
        let register = sender.await.unwrap();
        assert!(values(by).iter().all(|value| register.holds(value)));
    }
    let register = store.register_values(&tenant(), of, &BTreeSet::new(), "x", NOW).await.unwrap();
    assert!((0..4).flat_map(values).all(|value| register.holds(&value)));
    let other = Registered::UnknownType;
    let other = store.register_values(&tenant(), other, &BTreeSet::new(), "x", NOW).await.unwrap();
    assert!(!other.holds("0-0"));
}

#[tokio::test]
async fn agents_names_are_read_by_the_secret_that_sealed_them() {
    let (store, tenant, vault) = (store().await, tenant(), Vault::new(vec![1; 32]));
    let names: BTreeMap<String, String> =
        (0..60).map(|n| (format!("#{n:02}"), format!("agent {n}"))).collect();
    store.put_agents(&tenant, &vault, &names).await.unwrap();
    assert_eq!(store.agents(&tenant, &vault).await.unwrap(), names);
    let other = Vault::new(vec![2; 32]);
    assert_eq!(store.agents(&tenant, &other).await.unwrap(), BTreeMap::new());
}

#[tokio::test]
async fn rules_are_saved_in_the_place_of_the_version_that_was_read() {
    let (store, tenant) = (store().await, tenant());
    let rules = |version: u64, yaml: &str| SavedRules {
        version,
        yaml: yaml.to_owned(),
        saved: NOW,
        by: "admin".to_owned(),
    };
    assert_eq!(store.rules(&tenant).await.unwrap(), None);
    store.save_rules(&tenant, &rules(1, "a"), &told(NOW)).await.unwrap();
    store.save_rules(&tenant, &rules(2, "b"), &told(NOW)).await.unwrap();
    for late in [1, 2, 4] {
        let lost = store.save_rules(&tenant, &rules(late, "c"), &told(NOW)).await;
        assert!(matches!(lost, Err(StoreError::Conflict)), "{late}: {lost:?}");
    }
    assert_eq!(store.rules(&tenant).await.unwrap(), Some(rules(2, "b")));
    for (version, expected) in [(1, Some(rules(1, "a"))), (2, Some(rules(2, "b"))), (4, None)] {
        assert_eq!(store.rules_version(&tenant, version).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_backtest_is_on_record_for_as_long_as_the_minutes_that_it_judged() {
    let (store, tenant) = (store().await, tenant());
    let told = RulesBacktest {
        hash: rules_hash("rules: []"),
        run: NOW,
        from: NOW - DAY,
        to: NOW,
        rules: Vec::new(),
        not_tested: vec!["silent".to_owned()],
    };
    store.put_rules_backtest(&tenant, &told).await.unwrap();
    let read = |hash: String, now| {
        let (store, tenant) = (store.clone(), tenant.clone());
        async move { store.rules_backtest(&tenant, &hash, now).await.unwrap() }
    };
    assert_eq!(read(told.hash.clone(), NOW + 34 * DAY).await, Some(told.clone()));
    assert_eq!(read(told.hash.clone(), NOW + 36 * DAY).await, None);
    assert_eq!(read(rules_hash("rules:"), NOW).await, None);
}

#[tokio::test]
async fn what_a_tenant_sets_is_read_and_not_edited_once_it_is_counted_by() {
    let (store, tenant) = (store().await, tenant());
    assert_eq!(store.configuration(&tenant).await.unwrap(), Configuration::default());
    let yaml = "versions: [{low_confidence: 0.4}]";
    let read = async || store.configuration(&tenant).await.unwrap();
    store.put_configuration(&tenant, yaml, &told(NOW), NOW).await.unwrap();
    let saved = read().await;
    assert_ne!(saved, Configuration::default());
    store.write_loose(&tenant, &sums(Minute::of(NOW), 1), 1, NOW).await.unwrap();
    let edited = store
        .put_configuration(&tenant, "versions: [{low_confidence: 0.6}]", &told(NOW), NOW)
        .await;
    assert!(matches!(edited, Err(SaveConfigurationError::Edited)), "{edited:?}");
    assert_eq!(read().await, saved);
    store.put_configuration(&tenant, yaml, &told(NOW), NOW).await.unwrap();

    let policy = "forbidden: [{phrases: [risk free]}]";
    assert_eq!(store.policy(&tenant).await.unwrap(), Policy::default());
    store.put_policy(&tenant, policy, None).await.unwrap();
    assert_eq!(store.policy(&tenant).await.unwrap(), Policy::parse(policy).unwrap());
}
