//! Tags: versions that are read before a load, and compared for equality.

use std::time::Duration;

use cache_runtime::store::{Filled, Found, Store, Tag};

use super::{MS, Subject, key, lease, tag, value};
use crate::support::just_before;

/// Loads and stores a value with tags.
async fn stored(store: &dyn Store, name: &str, tags: &[Tag]) {
    let token = lease(store, name).await;
    let value = value(store, "x", tags).await;
    assert_eq!(store.fill(&key(name), token, tags, value).await.unwrap(), Filled::Stored);
}

/// Whether a value is there whose tags are as they were before its load: what a reader compares.
async fn alive(store: &dyn Store, name: &str, tags: &[Tag]) -> bool {
    match store.get(&key(name)).await.unwrap() {
        Found::Fresh(found) => found.tags == store.tag_versions(tags).await.unwrap(),
        Found::Stale(_) | Found::Nothing => false,
    }
}

pub(super) async fn a_bump_ends_every_value_with_the_tag_and_no_other(subject: &dyn Subject) {
    let store = subject.store();
    let [a, b, c] = [tag("a"), tag("b"), tag("c")];
    let (ab, bc, none) = ([a.clone(), b.clone()], [b, c.clone()], []);
    stored(store, "ab", &ab).await;
    stored(store, "bc", &bc).await;
    stored(store, "none", &none).await;
    store.bump(&a, None).await.unwrap();
    let seen = [
        alive(store, "ab", &ab).await,
        alive(store, "bc", &bc).await,
        alive(store, "none", &none).await,
    ];
    assert_eq!(seen, [false, true, true]);
    stored(store, "ab", &ab).await;
    assert!(alive(store, "ab", &ab).await);
    store.bump(&c, None).await.unwrap();
    store.bump(&tag("nobody's"), None).await.unwrap();
    assert!(alive(store, "ab", &ab).await);
}

pub(super) async fn a_load_that_a_bump_overtook_is_not_stored(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a"), tag("b")];
    for bumped in &tags {
        let token = lease(store, "k").await;
        let old = value(store, "old", &tags).await;
        store.bump(bumped, None).await.unwrap();
        assert_eq!(store.fill(&key("k"), token, &tags, old).await.unwrap(), Filled::Outdated);
        assert!(!alive(store, "k", &tags).await);
    }
}

pub(super) async fn versions_stay_until_a_bump_and_never_come_back(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a")];
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let version = store.tag_versions(&tags).await.unwrap();
        assert_eq!(store.tag_versions(&tags).await.unwrap(), version);
        assert!(seen.insert(version));
        store.bump(&tags[0], None).await.unwrap();
    }
}

pub(super) async fn a_bump_that_comes_again_ends_what_was_stored_in_between(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a")];
    let again = Duration::from_secs(10);
    stored(store, "before", &tags).await;
    store.bump(&tags[0], Some(again)).await.unwrap();
    assert!(!alive(store, "before", &tags).await);
    stored(store, "between", &tags).await;
    subject.pass(just_before(again)).await;
    assert!(alive(store, "between", &tags).await);
    let token = lease(store, "slow").await;
    let slow = value(store, "slow", &tags).await;
    subject.pass(MS).await;
    assert!(!alive(store, "between", &tags).await);
    assert_eq!(store.fill(&key("slow"), token, &tags, slow).await.unwrap(), Filled::Outdated);
    stored(store, "after", &tags).await;
    subject.pass(again).await;
    assert!(alive(store, "after", &tags).await);
}

pub(super) async fn of_two_bumps_that_come_again_the_later_counts(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a")];
    store.bump(&tags[0], Some(Duration::from_secs(20))).await.unwrap();
    store.bump(&tags[0], Some(Duration::from_secs(10))).await.unwrap();
    stored(store, "between", &tags).await;
    subject.pass(Duration::from_secs(20)).await;
    assert!(!alive(store, "between", &tags).await);
}

pub(super) async fn the_epoch_changes_with_a_clear_only(subject: &dyn Subject) {
    let store = subject.store();
    let epoch = store.epoch().await.unwrap();
    stored(store, "k", &[tag("a")]).await;
    store.bump(&tag("a"), None).await.unwrap();
    store.invalidate(&key("k")).await.unwrap();
    assert_eq!(store.epoch().await.unwrap(), epoch);
    store.clear().await.unwrap();
    assert_ne!(store.epoch().await.unwrap(), epoch);
}
