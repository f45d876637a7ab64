//! Entries and leases: no load that something overtook is stored.

use std::time::Duration;

use cache_runtime::store::{Acquired, Filled, Found, Key, Store, Token};

use super::{Subject, acquire, fill, found, fresh, key, lease, stored, value};

pub(super) async fn what_a_load_stored_is_found_until_its_ttl(subject: &dyn Subject) {
    let store = subject.store();
    assert_eq!(found(store, "a").await, Found::Nothing);
    let token = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", token, "one").await, Filled::Stored);
    let Found::Fresh(one) = found(store, "a").await else { panic!("not fresh") };
    assert_eq!((one.bytes.as_slice(), one.id, one.guarded), (&b"one"[..], Some(token), false));
    assert_eq!(one.format, value(subject, "one", &[]).await.format);
    assert!(one.ttl <= subject.times().ttl && one.ttl > subject.times().ttl / 2, "{:?}", one.ttl);
    subject.pass(subject.just_before(subject.times().ttl)).await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
    subject.pass(subject.times().tick).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
}

pub(super) async fn between_its_fresh_time_and_its_ttl_a_value_is_stale(subject: &dyn Subject) {
    let store = subject.store();
    let token = lease(subject, "a").await;
    let mut old = value(subject, "one", &[]).await;
    old.fresh = subject.times().ttl / 2;
    store.fill(&key("a"), token, &[], old).await.unwrap();
    subject.pass(subject.times().ttl / 2).await;
    assert!(matches!(found(store, "a").await, Found::Stale(_)));
    // A stale value does not keep a load from its lease.
    lease(subject, "a").await;
}

pub(super) async fn keys_are_compared_whole_whatever_bytes_they_hold(subject: &dyn Subject) {
    let store = subject.store();
    let names = ["", "a", "a\0", "\u{fc}", "%C3%BC", "{a}", "a b\r\n", "A", &"x".repeat(1024)];
    for name in names {
        stored(subject, name, name).await;
    }
    for name in names {
        assert_eq!(fresh(store, name).await.as_deref(), Some(name));
    }
}

pub(super) async fn a_lease_is_granted_to_one_load_at_a_time(subject: &dyn Subject) {
    let store = subject.store();
    let first = lease(subject, "a").await;
    let Acquired::Busy { holder, left, .. } = acquire(subject, "a", Token::new()).await else {
        panic!("not busy")
    };
    assert_eq!(holder, first);
    assert_eq!(found(store, "a").await, Found::Loading(first));
    assert!(left <= subject.times().lease && !left.is_zero(), "{left:?}");
    lease(subject, "b").await;
    assert_eq!(acquire(subject, "a", first).await, Acquired::Granted, "asked for once more");
}

pub(super) async fn a_fill_needs_the_lease(subject: &dyn Subject) {
    assert_eq!(fill(subject, "a", Token::new(), "no lease").await, Filled::Refused);
    let token = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", Token::new(), "another's").await, Filled::Refused);
    assert_eq!(fill(subject, "a", token, "one").await, Filled::Stored);
}

pub(super) async fn a_second_fill_is_refused(subject: &dyn Subject) {
    let store = subject.store();
    let token = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", token, "one").await, Filled::Stored);
    assert_eq!(fill(subject, "a", token, "late").await, Filled::Refused);
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
}

pub(super) async fn a_released_lease_is_free_and_no_longer_good(subject: &dyn Subject) {
    let store = subject.store();
    let first = lease(subject, "a").await;
    store.release(&key("a"), Token::new()).await.unwrap();
    assert!(
        matches!(acquire(subject, "a", Token::new()).await, Acquired::Busy { .. }),
        "not its own"
    );
    store.release(&key("a"), first).await.unwrap();
    let second = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", first, "old").await, Filled::Refused);
    assert_eq!(fill(subject, "a", second, "new").await, Filled::Stored);
}

pub(super) async fn a_lease_that_ran_out_goes_to_the_next_who_asks(subject: &dyn Subject) {
    let slow = lease(subject, "a").await;
    subject.pass(subject.times().lease).await;
    let next = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", slow, "old").await, Filled::Refused);
    assert_eq!(fill(subject, "a", next, "new").await, Filled::Stored);
}

pub(super) async fn a_lease_can_be_extended_while_it_is_there(subject: &dyn Subject) {
    let store = subject.store();
    let token = lease(subject, "a").await;
    subject.pass(subject.just_before(subject.times().lease)).await;
    assert!(store.extend(&key("a"), token, subject.times().lease).await.unwrap());
    subject.pass(subject.just_before(subject.times().lease)).await;
    assert!(matches!(acquire(subject, "a", Token::new()).await, Acquired::Busy { .. }));
    assert!(!store.extend(&key("a"), Token::new(), subject.times().lease).await.unwrap());
    store.invalidate(&key("a")).await.unwrap();
    assert!(!store.extend(&key("a"), token, subject.times().lease).await.unwrap());
}

pub(super) async fn who_asks_for_a_lease_gets_the_value_that_came_meanwhile(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let Acquired::Changed(found) = acquire(subject, "a", Token::new()).await else {
        panic!("there is a value")
    };
    assert_eq!(found.bytes, b"one");
    let seen =
        store.acquire(&key("a"), Token::new(), subject.times().lease, found.id).await.unwrap();
    assert_eq!(seen, Acquired::Granted, "it has been seen, and found wanting");
}

pub(super) async fn an_invalidation_removes_the_value_and_ends_the_lease(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    store.invalidate(&key("a")).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Nothing);

    let slow = lease(subject, "a").await;
    store.invalidate(&key("a")).await.unwrap();
    let next = lease(subject, "a").await;
    assert_eq!(fill(subject, "a", slow, "old").await, Filled::Refused);
    assert_eq!(fill(subject, "a", next, "new").await, Filled::Stored);
    store.invalidate(&key("never stored")).await.unwrap();
}

pub(super) async fn marking_makes_a_value_stale_and_ends_the_lease(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    store.mark_stale(&key("a")).await.unwrap();
    assert!(matches!(found(store, "a").await, Found::Stale(_)));

    let slow = lease(subject, "a").await;
    store.mark_stale(&key("a")).await.unwrap();
    assert_eq!(fill(subject, "a", slow, "old").await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);
}

pub(super) async fn clearing_ends_every_value_and_what_is_being_loaded(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let slow = lease(subject, "b").await;
    let before = value(subject, "old", &[]).await;
    store.clear().await.unwrap();
    assert_eq!(fresh(store, "a").await, None);
    // A lease may survive, but not what is loaded under it.
    store.fill(&key("b"), slow, &[], before.clone()).await.unwrap();
    assert_eq!(fresh(store, "b").await, None);
    stored(subject, "b", "new").await;
    assert_eq!(fresh(store, "b").await.as_deref(), Some("new"));
    // Even under a lease of today a value of yesterday is never served.
    let token = lease(subject, "c").await;
    let filled = store.fill(&key("c"), token, &[], before).await.unwrap();
    assert!(matches!(filled, Filled::Stored | Filled::Outdated), "{filled:?}");
    assert_eq!(fresh(store, "c").await, None);
    stored(subject, "a", "two").await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
}

pub(super) async fn a_scan_finds_the_keys_with_a_prefix(subject: &dyn Subject) {
    let store = subject.store();
    for name in ["user:1", "user:2", "post:1", "us"] {
        stored(subject, name, "x").await;
    }
    assert_eq!(scanned(store, b"user:").await, [key("user:1"), key("user:2")]);
    assert_eq!(scanned(store, b"").await.len(), 4);
}

async fn scanned(store: &dyn Store, prefix: &[u8]) -> Vec<Key> {
    let (mut keys, mut cursor) = (Vec::new(), 0);
    loop {
        let part = store.scan(prefix, cursor).await.unwrap();
        keys.extend(part.keys);
        cursor = part.cursor;
        if cursor == 0 {
            break;
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

pub(super) async fn a_zero_lease_is_free_at_once(subject: &dyn Subject) {
    let store = subject.store();
    let granted = store.acquire(&key("a"), Token::new(), Duration::ZERO, None).await.unwrap();
    assert_eq!(granted, Acquired::Granted);
    lease(subject, "a").await;
}
