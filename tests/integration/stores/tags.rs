//! Tags: versions that are read before a load, and compared for equality.

use cache_runtime::store::{Acquired, Filled, Found, Store, Tag, Token};

use super::{Subject, key, lease, tag, value};

/// Loads and stores a value with tags.
async fn stored(subject: &dyn Subject, name: &str, tags: &[Tag]) {
    let store = subject.store();
    let token = lease(subject, name).await;
    let value = value(subject, "x", tags).await;
    assert_eq!(store.fill(&key(name), token, tags, value).await.unwrap(), Filled::Stored);
}

async fn alive(store: &dyn Store, name: &str, tags: &[Tag]) -> bool {
    matches!(store.read(&key(name), tags).await.unwrap().found, Found::Fresh(_))
}

pub(super) async fn a_bump_ends_every_value_with_the_tag_and_no_other(subject: &dyn Subject) {
    let store = subject.store();
    let [a, b, c] = [tag("a"), tag("b"), tag("c")];
    let (ab, bc, none) = ([a.clone(), b.clone()], [b, c.clone()], []);
    stored(subject, "ab", &ab).await;
    stored(subject, "bc", &bc).await;
    stored(subject, "none", &none).await;
    store.bump(&a).await.unwrap();
    let seen = [
        alive(store, "ab", &ab).await,
        alive(store, "bc", &bc).await,
        alive(store, "none", &none).await,
    ];
    assert_eq!(seen, [false, true, true]);
    stored(subject, "ab", &ab).await;
    assert!(alive(store, "ab", &ab).await);
    store.bump(&c).await.unwrap();
    store.bump(&tag("nobody's")).await.unwrap();
    assert!(alive(store, "ab", &ab).await);
}

pub(super) async fn who_loads_beside_a_value_that_has_ended_is_told(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a")];
    stored(subject, "k", &tags).await;
    store.bump(&tags[0]).await.unwrap();
    let Found::Dead(dead) = store.read(&key("k"), &tags).await.unwrap().found else {
        panic!("a bump looks at no value");
    };
    let (token, lease) = (Token::new(), subject.times().lease);
    let acquired = store.acquire(&key("k"), token, lease, dead.id).await.unwrap();
    assert_eq!(acquired, Acquired::Granted);
    let read = store.read(&key("k"), &tags).await.unwrap();
    assert!(matches!(&read.found, Found::Dead(value) if value.id == dead.id), "{read:?}");
    assert_eq!(read.lease, Some(token));
    store.release(&key("k"), token).await.unwrap();
    assert_eq!(store.read(&key("k"), &tags).await.unwrap().lease, None);
}

pub(super) async fn a_load_that_a_bump_overtook_is_not_stored(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a"), tag("b")];
    for bumped in &tags {
        let token = lease(subject, "k").await;
        let old = value(subject, "old", &tags).await;
        store.bump(bumped).await.unwrap();
        let filled = store.fill(&key("k"), token, &tags, old).await.unwrap();
        assert!(matches!(filled, Filled::Stored | Filled::Outdated), "{filled:?}");
        assert!(!alive(store, "k", &tags).await);
    }
}

pub(super) async fn versions_stay_until_a_bump_and_never_come_back(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [tag("a")];
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let version = store.versions(&tags).await.unwrap();
        assert_eq!(store.versions(&tags).await.unwrap(), version);
        assert_eq!(store.read(&key("k"), &tags).await.unwrap().versions, version);
        assert!(seen.insert(version.tags));
        store.bump(&tags[0]).await.unwrap();
    }
}

pub(super) async fn the_epoch_changes_with_a_clear_only(subject: &dyn Subject) {
    let store = subject.store();
    let epoch = store.versions(&[]).await.unwrap();
    stored(subject, "k", &[tag("a")]).await;
    store.bump(&tag("a")).await.unwrap();
    store.invalidate(&key("k")).await.unwrap();
    assert_eq!(store.versions(&[]).await.unwrap(), epoch);
    store.clear().await.unwrap();
    assert_ne!(store.versions(&[]).await.unwrap(), epoch);
}
