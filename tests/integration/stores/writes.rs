//! Write guards: no load that overlaps a write is stored, and of writers that overlap none stores.

use cache_runtime::store::{Acquired, Begun, Filled, Found, Token};

use super::{
    GUARD, MS, Subject, acquire, begin, commit, fill, found, fresh, key, lease, stored, value,
};
use crate::support::just_before;

pub(super) async fn a_guard_ends_the_lease_and_grants_none(subject: &dyn Subject) {
    let store = subject.store();
    let slow = lease(store, "a").await;
    let writer = begin(store, "a").await;
    assert_eq!(fill(store, "a", slow, "old").await, Filled::Refused);
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    assert_eq!(acquire(store, "a", slow).await, Acquired::Writing);
    commit(store, "a", writer, None).await;
    stored(store, "a", "new").await;
}

pub(super) async fn a_guard_leaves_the_value_until_its_deadline(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    begin(store, "a").await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
    subject.pass(just_before(GUARD)).await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
    subject.pass(MS).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
    lease(store, "a").await;
}

pub(super) async fn a_commit_replaces_the_value_or_removes_it(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let writer = begin(store, "a").await;
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
    let writer = begin(store, "a").await;
    commit(store, "a", writer, None).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
}

pub(super) async fn writers_that_overlap_leave_the_key_empty_in_every_order(subject: &dyn Subject) {
    let store = subject.store();
    for swapped in [false, true] {
        stored(store, "a", "one").await;
        let (token, other) = (Token::new(), Token::new());
        assert_eq!(store.begin(&key("a"), token, GUARD).await.unwrap(), Begun::Alone);
        assert_eq!(store.begin(&key("a"), other, GUARD).await.unwrap(), Begun::Overlapping);
        let (first, second) = if swapped { (other, token) } else { (token, other) };
        assert_eq!(commit(store, "a", first, Some("two")).await, Filled::Refused);
        assert_eq!(fresh(store, "a").await, None);
        assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
        assert_eq!(commit(store, "a", second, Some("three")).await, Filled::Refused);
        assert_eq!(found(store, "a").await, Found::Nothing);
    }
}

pub(super) async fn who_overlapped_stores_nothing_however_the_other_writer_ended(
    subject: &dyn Subject,
) {
    let store = subject.store();
    begin(store, "a").await;
    subject.pass(GUARD / 2).await;
    let second = begin(store, "a").await;
    // The first writer is not heard of again; its statement may have come before or after the second's.
    subject.pass(GUARD / 2).await;
    assert_eq!(commit(store, "a", second, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);

    let (first, second) = (begin(store, "b").await, begin(store, "b").await);
    store.lift(&key("b"), first).await.unwrap();
    assert_eq!(commit(store, "b", second, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "b").await, None);
}

pub(super) async fn a_begin_that_arrives_twice_is_one_writer(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(store, "a").await;
    assert_eq!(store.begin(&key("a"), writer, GUARD).await.unwrap(), Begun::Alone);
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
}

pub(super) async fn a_second_commit_only_removes(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(store, "a").await;
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(commit(store, "a", writer, Some("late")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);
}

pub(super) async fn an_invalidation_leaves_the_guard_and_its_writer_stores_nothing(
    subject: &dyn Subject,
) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let writer = begin(store, "a").await;
    store.invalidate(&key("a")).await.unwrap();
    assert_eq!(fresh(store, "a").await, None);
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);
    stored(store, "a", "three").await;
}

pub(super) async fn softening_under_a_guard_removes_the_value(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let writer = begin(store, "a").await;
    store.soften(&key("a")).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Writing);
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Refused);
}

pub(super) async fn a_guard_survives_a_clear(subject: &dyn Subject) {
    let store = subject.store();
    begin(store, "a").await;
    store.clear().await.unwrap();
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
}

pub(super) async fn a_writer_whose_guard_ran_out_removes_what_was_stored_since(
    subject: &dyn Subject,
) {
    let store = subject.store();
    let writer = begin(store, "a").await;
    subject.pass(GUARD).await;
    stored(store, "a", "before the write").await;
    assert_eq!(commit(store, "a", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);

    let writer = begin(store, "b").await;
    subject.pass(GUARD).await;
    let load = lease(store, "b").await;
    assert_eq!(commit(store, "b", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fill(store, "b", load, "before the write").await, Filled::Refused);
}

pub(super) async fn an_abandoned_guard_stays_to_its_deadline(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let writer = begin(store, "a").await;
    store.abandon(&key("a"), writer, None).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Writing);
    subject.pass(just_before(GUARD)).await;
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    subject.pass(MS).await;
    stored(store, "a", "two").await;
}

pub(super) async fn an_abandoned_guard_stays_as_long_as_it_is_held(subject: &dyn Subject) {
    let store = subject.store();
    for held in [GUARD / 30, GUARD * 2] {
        let writer = begin(store, "a").await;
        store.abandon(&key("a"), writer, Some(held)).await.unwrap();
        subject.pass(just_before(held)).await;
        assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing, "{held:?}");
        subject.pass(MS).await;
        let load = lease(store, "a").await;
        store.release(&key("a"), load).await.unwrap();
    }
}

pub(super) async fn a_guard_that_ran_out_is_held_again_by_its_writer(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(store, "a").await;
    subject.pass(GUARD).await;
    let load = lease(store, "a").await;
    store.abandon(&key("a"), writer, Some(GUARD)).await.unwrap();
    assert_eq!(fill(store, "a", load, "before the write").await, Filled::Refused);
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    subject.pass(GUARD).await;
    lease(store, "a").await;
}

pub(super) async fn a_lifted_guard_gives_the_value_its_life_back(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let writer = begin(store, "a").await;
    store.lift(&key("a"), writer).await.unwrap();
    subject.pass(GUARD).await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));

    let load = lease(store, "b").await;
    let writer = begin(store, "b").await;
    store.lift(&key("b"), writer).await.unwrap();
    assert_eq!(fill(store, "b", load, "old").await, Filled::Refused);
    lease(store, "b").await;
}

pub(super) async fn a_lifted_guard_leaves_those_of_others(subject: &dyn Subject) {
    let store = subject.store();
    stored(store, "a", "one").await;
    let (one, two) = (begin(store, "a").await, begin(store, "a").await);
    store.lift(&key("a"), one).await.unwrap();
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    store.lift(&key("a"), Token::new()).await.unwrap();
    assert_eq!(acquire(store, "a", Token::new()).await, Acquired::Writing);
    store.lift(&key("a"), two).await.unwrap();
    assert_eq!(fresh(store, "a").await, None, "they overlapped");
    stored(store, "a", "two").await;
}

pub(super) async fn a_commit_of_a_value_whose_tag_was_bumped_stores_nothing(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [super::tag("t")];
    let writer = begin(store, "a").await;
    let before = value(store, "two", &tags).await;
    store.bump(&tags[0]).await.unwrap();
    let filled = store.commit(&key("a"), writer, &tags, Some(before)).await.unwrap();
    assert_ne!(filled, Filled::Stored);
    assert_eq!(fresh(store, "a").await, None);
}
