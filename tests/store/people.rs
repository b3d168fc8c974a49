use tocsin_domain::{
    minute::{DAY, HOUR},
    silence::{Matcher, Silence},
};
use tocsin_shell::{
    ack::{AckLink, AckToken},
    random::Random,
};
use tocsin_tables::fresh::store;

use super::{NOW, tenant, told};

#[tokio::test]
async fn a_link_acknowledges_for_a_day_and_for_its_own_token() {
    let store = store().await;
    let [token, other] = [(); 2].map(|()| AckToken::draw(&Random::System).unwrap());
    let link = AckLink { tenant: tenant(), alert: "a".to_owned(), target: "page".to_owned() };
    // The SDK may send it twice.
    for _ in 0..2 {
        store.put_ack_link(token, &link, NOW).await.unwrap();
    }
    assert_eq!(store.ack_link(token, NOW + 23 * HOUR).await.unwrap(), Some(link));
    assert_eq!(store.ack_link(token, NOW + 25 * HOUR).await.unwrap(), None);
    assert_eq!(store.ack_link(other, NOW).await.unwrap(), None);
}

/// A silence of an hour from then on.
fn silence(number: usize, from: i64) -> Silence {
    let matcher = Matcher { rule: Some(format!("r{number}")), ..Matcher::default() };
    Silence::new(matcher, "why", from + HOUR, "admin", from).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silences_that_people_make_at_once_all_hold() {
    let store = store().await;
    let people = (0..5).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let add = |silences: &mut Vec<Silence>| silences.push(silence(number, NOW));
            store.change_silences(&tenant(), add, &told(NOW), NOW).await.unwrap();
        })
    });
    for person in people.collect::<Vec<_>>() {
        person.await.unwrap();
    }
    let mut found = store.silences(&tenant()).await.unwrap();
    found.sort_by(|one, other| one.matcher.rule.cmp(&other.matcher.rule));
    assert_eq!(found, (0..5).map(|number| silence(number, NOW)).collect::<Vec<_>>());
}

#[tokio::test]
async fn silences_that_are_over_are_shown_for_thirty_days() {
    let (store, tenant) = (store().await, tenant());
    let made = [(1, NOW), (2, NOW + 30 * DAY), (3, NOW + 31 * DAY)];
    let [first, second, third] = made.map(|(number, from)| silence(number, from));
    let add = async |one: &Silence| {
        let add = |silences: &mut Vec<Silence>| silences.push(one.clone());
        store.change_silences(&tenant, add, &told(one.from), one.from).await.unwrap();
        store.silences(&tenant).await.unwrap()
    };
    assert_eq!(add(&first).await, std::slice::from_ref(&first));
    assert_eq!(add(&second).await, [first, second.clone()]);
    assert_eq!(add(&third).await, [second, third]);
}
