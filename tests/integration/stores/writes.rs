//! Write guards: no load that overlaps a write is stored, and of writers that overlap none stores.

use std::time::Duration;

use cache_runtime::store::{Acquired, Begun, Filled, Found, Token};

use super::{Subject, acquire, begin, commit, fill, found, fresh, key, lease, stored, value};

pub(super) async fn a_guard_ends_the_lease_and_grants_none(subject: &dyn Subject) {
    let slow = lease(subject, "a").await;
    let writer = begin(subject, "a").await;
    assert_eq!(fill(subject, "a", slow, "old").await, Filled::Refused);
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    assert_eq!(acquire(subject, "a", slow).await, Acquired::Writing);
    commit(subject, "a", writer, None).await;
    stored(subject, "a", "new").await;
}

pub(super) async fn a_guard_leaves_the_value_until_its_deadline(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    begin(subject, "a").await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
    subject.pass(subject.just_before(subject.times().guard)).await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));
    subject.pass(subject.times().tick).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
    lease(subject, "a").await;
}

pub(super) async fn a_commit_replaces_the_value_or_removes_it(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let writer = begin(subject, "a").await;
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
    let writer = begin(subject, "a").await;
    commit(subject, "a", writer, None).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
}

pub(super) async fn writers_that_overlap_leave_the_key_empty_in_every_order(subject: &dyn Subject) {
    let store = subject.store();
    for swapped in [false, true] {
        stored(subject, "a", "one").await;
        let (token, other) = (Token::new(), Token::new());
        assert_eq!(
            store.begin(&key("a"), token, subject.times().guard).await.unwrap(),
            Begun::Alone
        );
        assert_eq!(
            store.begin(&key("a"), other, subject.times().guard).await.unwrap(),
            Begun::Overlapping
        );
        let (first, second) = if swapped { (other, token) } else { (token, other) };
        assert_eq!(commit(subject, "a", first, Some("two")).await, Filled::Refused);
        assert_eq!(fresh(store, "a").await, None);
        assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
        assert_eq!(commit(subject, "a", second, Some("three")).await, Filled::Refused);
        assert_eq!(found(store, "a").await, Found::Nothing);
    }
}

pub(super) async fn who_overlapped_stores_nothing_however_the_other_writer_ended(
    subject: &dyn Subject,
) {
    let store = subject.store();
    begin(subject, "a").await;
    subject.pass(subject.times().guard / 2).await;
    let second = begin(subject, "a").await;
    // The first writer is not heard of again; its statement may have come before or after the second's.
    subject.pass(subject.times().guard / 2).await;
    assert_eq!(commit(subject, "a", second, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);

    let (first, second) = (begin(subject, "b").await, begin(subject, "b").await);
    store.cancel(&key("b"), first).await.unwrap();
    assert_eq!(commit(subject, "b", second, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "b").await, None);
}

pub(super) async fn a_begin_that_arrives_twice_is_one_writer(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(subject, "a").await;
    assert_eq!(store.begin(&key("a"), writer, subject.times().guard).await.unwrap(), Begun::Alone);
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
}

pub(super) async fn a_second_commit_only_removes(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(subject, "a").await;
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Stored);
    assert_eq!(commit(subject, "a", writer, Some("late")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);
}

pub(super) async fn an_invalidation_leaves_the_guard_and_its_writer_stores_nothing(
    subject: &dyn Subject,
) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let writer = begin(subject, "a").await;
    store.invalidate(&key("a")).await.unwrap();
    assert_eq!(fresh(store, "a").await, None);
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);
    stored(subject, "a", "three").await;
}

pub(super) async fn marking_stale_under_a_guard_removes_the_value(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let writer = begin(subject, "a").await;
    store.mark_stale(&key("a")).await.unwrap();
    assert!(matches!(found(store, "a").await, Found::Writing(_)));
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Refused);
}

pub(super) async fn a_guard_survives_a_clear(subject: &dyn Subject) {
    let store = subject.store();
    begin(subject, "a").await;
    store.clear().await.unwrap();
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
}

pub(super) async fn a_writer_whose_guard_ran_out_removes_what_was_stored_since(
    subject: &dyn Subject,
) {
    let store = subject.store();
    let writer = begin(subject, "a").await;
    subject.pass(subject.times().guard).await;
    stored(subject, "a", "before the write").await;
    assert_eq!(commit(subject, "a", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fresh(store, "a").await, None);

    let writer = begin(subject, "b").await;
    subject.pass(subject.times().guard).await;
    let load = lease(subject, "b").await;
    assert_eq!(commit(subject, "b", writer, Some("two")).await, Filled::Refused);
    assert_eq!(fill(subject, "b", load, "before the write").await, Filled::Refused);
}

pub(super) async fn an_abandoned_guard_stays_to_its_deadline(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let writer = begin(subject, "a").await;
    store.abandon(&key("a"), writer, None).await.unwrap();
    assert!(matches!(found(store, "a").await, Found::Writing(_)));
    subject.pass(subject.just_before(subject.times().guard)).await;
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    subject.pass(subject.times().tick).await;
    stored(subject, "a", "two").await;
}

pub(super) async fn an_abandoned_guard_stays_as_long_as_it_is_held(subject: &dyn Subject) {
    let store = subject.store();
    for held in [subject.times().guard / 2, subject.times().guard * 2] {
        let writer = begin(subject, "a").await;
        store.abandon(&key("a"), writer, Some(held)).await.unwrap();
        subject.pass(subject.just_before(held)).await;
        assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing, "{held:?}");
        subject.pass(subject.times().tick).await;
        let load = lease(subject, "a").await;
        store.release(&key("a"), load).await.unwrap();
    }
}

pub(super) async fn a_guard_that_ran_out_is_held_again_by_its_writer(subject: &dyn Subject) {
    let store = subject.store();
    let writer = begin(subject, "a").await;
    subject.pass(subject.times().guard).await;
    let load = lease(subject, "a").await;
    store.abandon(&key("a"), writer, Some(subject.times().guard)).await.unwrap();
    assert_eq!(fill(subject, "a", load, "before the write").await, Filled::Refused);
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    subject.pass(subject.times().guard).await;
    lease(subject, "a").await;
}

pub(super) async fn a_cancelled_guard_gives_the_value_its_life_back(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let writer = begin(subject, "a").await;
    store.cancel(&key("a"), writer).await.unwrap();
    subject.pass(subject.times().guard).await;
    assert_eq!(fresh(store, "a").await.as_deref(), Some("one"));

    let load = lease(subject, "b").await;
    let writer = begin(subject, "b").await;
    store.cancel(&key("b"), writer).await.unwrap();
    assert_eq!(fill(subject, "b", load, "old").await, Filled::Refused);
    lease(subject, "b").await;
}

pub(super) async fn a_cancelled_guard_leaves_those_of_others(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject, "a", "one").await;
    let (one, two) = (begin(subject, "a").await, begin(subject, "a").await);
    store.cancel(&key("a"), one).await.unwrap();
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    store.cancel(&key("a"), Token::new()).await.unwrap();
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    store.cancel(&key("a"), two).await.unwrap();
    assert_eq!(fresh(store, "a").await, None, "they overlapped");
    stored(subject, "a", "two").await;
}

pub(super) async fn a_crowd_of_writers_is_waited_for_to_its_last(subject: &dyn Subject) {
    let store = subject.store();
    let long = subject.times().guard * 4;
    stored(subject, "a", "one").await;
    // Nobody hears of the first again; its statement may still be running.
    store.begin(&key("a"), Token::new(), long).await.unwrap();
    let crowd: Vec<_> = (0..200).map(|_| Token::new()).collect();
    for token in &crowd {
        let begun = store.begin(&key("a"), *token, long / 2).await.unwrap();
        assert_eq!(begun, Begun::Overlapping);
    }
    assert_eq!(fresh(store, "a").await, None);
    for (nth, token) in crowd.iter().enumerate() {
        match nth % 4 {
            0 => assert_eq!(commit(subject, "a", *token, Some("two")).await, Filled::Refused),
            1 => drop(commit(subject, "a", *token, None).await),
            2 => store.cancel(&key("a"), *token).await.unwrap(),
            _ => store.abandon(&key("a"), *token, Some(Duration::ZERO)).await.unwrap(),
        }
        assert!(matches!(found(store, "a").await, Found::Writing(_)), "after {nth}");
    }
    assert_eq!(acquire(subject, "a", Token::new()).await, Acquired::Writing);
    subject.pass(long).await;
    // Those who were late store nothing either.
    let load = lease(subject, "a").await;
    assert_eq!(commit(subject, "a", crowd[0], Some("two")).await, Filled::Refused);
    assert_eq!(fill(subject, "a", load, "before the write").await, Filled::Refused);
    stored(subject, "a", "three").await;
}

pub(super) async fn a_committed_value_whose_tag_was_bumped_is_not_served(subject: &dyn Subject) {
    let store = subject.store();
    let tags = [super::tag("t")];
    let writer = begin(subject, "a").await;
    let before = value(subject, "two", &tags).await;
    store.bump(&tags[0]).await.unwrap();
    store.commit(&key("a"), writer, &tags, Some(before)).await.unwrap();
    let read = store.read(&key("a"), &tags).await.unwrap();
    assert!(matches!(read.found, Found::Nothing | Found::Dead(_)), "{:?}", read.found);
    // Nor is it what a load finds that has not looked before.
    stored(subject, "a", "three").await;
}
