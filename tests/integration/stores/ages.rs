//! Values as they age: stale, renewed, and left alone after a load that failed.

use std::time::Duration;

use cache_runtime::store::{Acquired, Envelope, Filled, Found, Read, Token};

use super::{Subject, begin, commit, found, fresh, key, value};

const MINUTE: Duration = Duration::from_mins(1);
/// How long a value is fresh, and then stale.
const FRESH: Duration = Duration::from_mins(10);
const WINDOW: Duration = Duration::from_mins(20);
const LEASE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_mins(5);

/// Long times, read by a slow machine.
fn is_about(time: Duration, expected: Duration) -> bool {
    time.abs_diff(expected) < MINUTE / 2
}

#[track_caller]
fn assert_about(time: Duration, expected: Duration) {
    assert!(is_about(time, expected), "{time:?}, not {expected:?}");
}

async fn read(subject: &dyn Subject) -> Read {
    subject.store().read(&key("a"), &[]).await.expect("the store is up")
}

async fn ask(subject: &dyn Subject, observed: Option<Token>) -> (Token, Acquired) {
    let token = Token::new();
    let acquired = subject.store().acquire(&key("a"), token, LEASE, observed).await;
    (token, acquired.expect("the store is up"))
}

/// Takes the lease, which must be free, for a load that is to replace what is there.
async fn take(subject: &dyn Subject) -> Token {
    let observed = match read(subject).await.found {
        Found::Fresh(value) | Found::Stale(value) | Found::Dead(value) => value.id,
        _ => None,
    };
    let (token, acquired) = ask(subject, observed).await;
    assert_eq!(acquired, Acquired::Granted);
    token
}

async fn fill(subject: &dyn Subject, token: Token, window: Duration) -> Filled {
    let mut one = value(subject, "one", &[]).await;
    (one.fresh, one.ttl) = (FRESH, FRESH + window);
    subject.store().fill(&key("a"), token, &[], one).await.expect("the store is up")
}

async fn stored(subject: &dyn Subject) -> Token {
    let token = take(subject).await;
    assert_eq!(fill(subject, token, WINDOW).await, Filled::Stored);
    token
}

/// Stores a value, lets it become stale, and has a load fail that was to replace it.
async fn paused(subject: &dyn Subject) -> Token {
    stored(subject).await;
    subject.age("a", FRESH).await;
    let token = take(subject).await;
    subject.store().back_off(&key("a"), token, PAUSE).await.unwrap();
    token
}

async fn fresh_value(subject: &dyn Subject) -> Envelope {
    match found(subject.store(), "a").await {
        Found::Fresh(value) => value,
        other => panic!("{other:?}"),
    }
}

async fn stale_value(subject: &dyn Subject) -> Envelope {
    match found(subject.store(), "a").await {
        Found::Stale(value) => value,
        other => panic!("{other:?}"),
    }
}

/// What has ended is gone, or of no more use.
async fn assert_over(subject: &dyn Subject) {
    match found(subject.store(), "a").await {
        Found::Nothing => {}
        Found::Stale(value) if value.ttl <= Duration::from_millis(1) => {}
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_value_grows_older_and_then_stale(subject: &dyn Subject) {
    let token = take(subject).await;
    let mut one = value(subject, "one", &[]).await;
    (one.fresh, one.ttl, one.age) = (FRESH, FRESH + WINDOW, MINUTE);
    subject.store().fill(&key("a"), token, &[], one).await.unwrap();
    for minutes in [0, 3, 6] {
        let one = fresh_value(subject).await;
        let passed = MINUTE * minutes;
        assert_about(one.age, MINUTE + passed);
        assert_about(one.fresh, FRESH.saturating_sub(passed));
        assert_about(one.ttl, (FRESH + WINDOW).saturating_sub(passed));
        assert_eq!(one.stale, Duration::ZERO);
        subject.age("a", MINUTE * 3).await;
    }
    subject.age("a", MINUTE).await;
    for minutes in [0, 7, 14] {
        let one = stale_value(subject).await;
        let passed = MINUTE * minutes;
        assert_about(one.age, MINUTE + FRESH + passed);
        assert_about(one.stale, passed);
        assert_about(one.ttl, WINDOW.saturating_sub(passed));
        assert_eq!((one.fresh, one.id), (Duration::ZERO, Some(token)));
        subject.age("a", MINUTE * 7).await;
    }
    assert_over(subject).await;
}

pub(super) async fn a_value_that_is_marked_stale_is_so_from_then_on_to_the_end_of_its_window(
    subject: &dyn Subject,
) {
    let id = stored(subject).await;
    subject.age("a", MINUTE * 3).await;
    for minutes in [0, 8, 16] {
        // The window begins once.
        subject.store().mark_stale(&key("a")).await.unwrap();
        let one = stale_value(subject).await;
        let passed = MINUTE * minutes;
        assert_about(one.age, MINUTE * 3 + passed);
        assert_about(one.stale, passed);
        assert_about(one.ttl, WINDOW.saturating_sub(passed));
        assert_eq!((one.fresh, one.id), (Duration::ZERO, Some(id)));
        subject.age("a", MINUTE * 8).await;
    }
    assert_over(subject).await;
    stored(subject).await;
    fresh_value(subject).await;
}

pub(super) async fn nobody_loads_in_the_pause_after_a_load_that_failed(subject: &dyn Subject) {
    let store = subject.store();
    let failed = paused(subject).await;
    for left in [PAUSE, MINUTE] {
        assert_eq!(read(subject).await.lease, Some(Token::NOBODY));
        for observed in [None, stale_value(subject).await.id] {
            let (_, acquired) = ask(subject, observed).await;
            let Acquired::Busy { holder, left: stays, .. } = acquired else {
                panic!("{acquired:?}")
            };
            assert_eq!(holder, Token::NOBODY);
            assert_about(stays, left);
        }
        assert!(!store.extend(&key("a"), failed, LEASE).await.unwrap(), "its lease is gone");
        store.release(&key("a"), failed).await.unwrap();
        store.back_off(&key("a"), failed, PAUSE * 2).await.unwrap();
        assert_eq!(fill(subject, failed, WINDOW).await, Filled::Refused);
        subject.age("a", MINUTE * 4).await;
    }
    let next = take(subject).await;
    assert_eq!(read(subject).await.lease, Some(next));
    assert_eq!(fill(subject, next, WINDOW).await, Filled::Stored);
    fresh_value(subject).await;
}

pub(super) async fn without_a_value_a_load_that_failed_leaves_nothing(subject: &dyn Subject) {
    let failed = take(subject).await;
    subject.store().back_off(&key("a"), failed, PAUSE).await.unwrap();
    let Read { found, lease, .. } = read(subject).await;
    assert_eq!((found, lease), (Found::Nothing, None));
    let next = take(subject).await;
    assert_eq!(fill(subject, failed, WINDOW).await, Filled::Refused);
    assert_eq!(fill(subject, next, WINDOW).await, Filled::Stored);
}

pub(super) async fn who_has_no_lease_begins_no_pause(subject: &dyn Subject) {
    let store = subject.store();
    store.back_off(&key("a"), Token::new(), PAUSE).await.unwrap();
    let load = take(subject).await;
    store.back_off(&key("a"), Token::new(), PAUSE).await.unwrap();
    assert_eq!(fill(subject, load, WINDOW).await, Filled::Stored);
    // Nor beside a value.
    store.back_off(&key("a"), Token::new(), PAUSE).await.unwrap();
    let load = take(subject).await;
    store.back_off(&key("a"), Token::new(), PAUSE).await.unwrap();
    assert_eq!(read(subject).await.lease, Some(load));
    // A guard is no lease either.
    let writer = begin(subject, "a").await;
    for token in [load, writer] {
        store.back_off(&key("a"), token, PAUSE).await.unwrap();
        assert_eq!(ask(subject, None).await.1, Acquired::Writing);
    }
}

pub(super) async fn whatever_ends_a_lease_ends_a_pause(subject: &dyn Subject) {
    let store = subject.store();
    for end in ["invalidate", "mark", "cancel", "abandon", "commit", "put", "end"] {
        paused(subject).await;
        match end {
            "invalidate" => store.invalidate(&key("a")).await.unwrap(),
            "mark" => store.mark_stale(&key("a")).await.unwrap(),
            "end" => store.release(&key("a"), Token::NOBODY).await.unwrap(),
            _ => {
                let writer = begin(subject, "a").await;
                assert_eq!(ask(subject, None).await.1, Acquired::Writing);
                match end {
                    "cancel" => store.cancel(&key("a"), writer).await.unwrap(),
                    "abandon" => {
                        store.abandon(&key("a"), writer, Some(Duration::ZERO)).await.unwrap();
                    }
                    "commit" => drop(commit(subject, "a", writer, None).await),
                    _ => {
                        let put = commit(subject, "a", writer, Some("two")).await;
                        assert_eq!(put, Filled::Stored);
                        assert_eq!(fresh(store, "a").await.as_deref(), Some("two"));
                    }
                }
            }
        }
        let keeps = matches!(end, "mark" | "cancel" | "end");
        assert_eq!(matches!(found(store, "a").await, Found::Stale(_)), keeps, "{end}");
        assert_eq!(read(subject).await.lease, None, "{end}");
        take(subject).await;
        store.invalidate(&key("a")).await.unwrap();
    }
}

pub(super) async fn a_pause_does_not_hide_the_value(subject: &dyn Subject) {
    let id = stored(subject).await;
    let refresh = take(subject).await;
    subject.store().back_off(&key("a"), refresh, PAUSE).await.unwrap();
    assert_eq!(fresh_value(subject).await.id, Some(id));
    // Who has not seen it is told.
    let (_, acquired) = ask(subject, None).await;
    match acquired {
        Acquired::Changed(value) => assert_eq!(value.id, Some(id)),
        Acquired::Busy { holder, .. } => assert_eq!(holder, Token::NOBODY),
        other => panic!("{other:?}"),
    }
    subject.age("a", FRESH + WINDOW).await;
    assert_over(subject).await;
    take(subject).await;
}

pub(super) async fn a_renewed_ttl_begins_anew_and_the_value_lives_as_much_longer(
    subject: &dyn Subject,
) {
    let id = stored(subject).await;
    for times in 1..4 {
        subject.age("a", MINUTE * 9).await;
        subject.store().renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
        let one = fresh_value(subject).await;
        assert_about(one.fresh, FRESH);
        assert_about(one.ttl, FRESH + WINDOW);
        // It is not loaded anew.
        assert_about(one.age, MINUTE * 9 * times);
        assert_eq!(one.id, Some(id));
    }
    subject.age("a", MINUTE * 9).await;
    fresh_value(subject).await;
    subject.age("a", MINUTE).await;
    stale_value(subject).await;
    subject.age("a", MINUTE * 19).await;
    stale_value(subject).await;
    subject.age("a", MINUTE).await;
    assert_over(subject).await;
}

pub(super) async fn a_renewed_ttl_ends_so_long_after_the_load_at_the_latest(subject: &dyn Subject) {
    let token = take(subject).await;
    let mut one = value(subject, "one", &[]).await;
    // The load took some time, which counts.
    (one.fresh, one.ttl, one.age) = (FRESH, FRESH, MINUTE);
    subject.store().fill(&key("a"), token, &[], one).await.unwrap();
    subject.age("a", MINUTE * 5).await;
    for _ in 0..2 {
        subject.store().renew(&key("a"), FRESH, FRESH + MINUTE * 3).await.unwrap();
        assert_about(fresh_value(subject).await.fresh, MINUTE * 7);
    }
    subject.age("a", MINUTE * 6).await;
    subject.store().renew(&key("a"), FRESH, FRESH + MINUTE * 3).await.unwrap();
    assert_about(fresh_value(subject).await.fresh, MINUTE);
    subject.age("a", MINUTE).await;
    assert_over(subject).await;
}

pub(super) async fn a_renewal_ends_no_value_sooner(subject: &dyn Subject) {
    stored(subject).await;
    for (ttl, most) in [
        (MINUTE, FRESH * 100),
        (Duration::ZERO, FRESH * 100),
        (FRESH * 2, MINUTE),
        (FRESH * 2, Duration::ZERO),
    ] {
        subject.store().renew(&key("a"), ttl, most).await.unwrap();
        let one = fresh_value(subject).await;
        assert_about(one.fresh, FRESH);
        assert_about(one.ttl, FRESH + WINDOW);
    }
}

pub(super) async fn a_stale_value_is_not_renewed(subject: &dyn Subject) {
    let store = subject.store();
    stored(subject).await;
    subject.age("a", FRESH).await;
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_about(stale_value(subject).await.ttl, WINDOW);
    stored(subject).await;
    store.mark_stale(&key("a")).await.unwrap();
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_about(stale_value(subject).await.ttl, WINDOW);
    subject.age("a", WINDOW).await;
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_over(subject).await;
}

pub(super) async fn a_renewal_leaves_the_load_beside_the_value(subject: &dyn Subject) {
    stored(subject).await;
    let load = take(subject).await;
    subject.store().renew(&key("a"), FRESH * 2, FRESH * 100).await.unwrap();
    assert_about(fresh_value(subject).await.fresh, FRESH * 2);
    assert_eq!(read(subject).await.lease, Some(load));
    subject.age("a", LEASE).await;
    assert_eq!(read(subject).await.lease, None, "the lease is as long as it was");
    assert_eq!(fill(subject, load, WINDOW).await, Filled::Stored);
}

pub(super) async fn a_renewal_under_a_guard_does_not_let_the_value_outlive_it(
    subject: &dyn Subject,
) {
    let store = subject.store();
    stored(subject).await;
    store.begin(&key("a"), Token::new(), MINUTE * 2).await.unwrap();
    store.renew(&key("a"), FRESH * 2, FRESH * 100).await.unwrap();
    subject.age("a", MINUTE).await;
    assert!(fresh_value(subject).await.guarded);
    assert_eq!(ask(subject, None).await.1, Acquired::Writing);
    subject.age("a", MINUTE).await;
    assert_eq!(found(store, "a").await, Found::Nothing, "its writer is not heard of again");
    // One that is given its life back has the life that it had.
    stored(subject).await;
    let writer = Token::new();
    store.begin(&key("a"), writer, MINUTE * 2).await.unwrap();
    store.renew(&key("a"), FRESH * 2, FRESH * 100).await.unwrap();
    store.cancel(&key("a"), writer).await.unwrap();
    assert_about(fresh_value(subject).await.fresh, FRESH);
    store.renew(&key("a"), FRESH * 2, FRESH * 100).await.unwrap();
    assert_about(fresh_value(subject).await.fresh, FRESH * 2);
}

pub(super) async fn a_renewal_that_comes_after_an_invalidation_lengthens_neither_lease_nor_guard(
    subject: &dyn Subject,
) {
    let store = subject.store();
    stored(subject).await;
    store.invalidate(&key("a")).await.unwrap();
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Nothing);
    let load = take(subject).await;
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Loading(load));
    subject.age("a", LEASE).await;
    let writer = Token::new();
    take(subject).await;
    store.begin(&key("a"), writer, MINUTE * 2).await.unwrap();
    store.renew(&key("a"), FRESH, FRESH * 100).await.unwrap();
    assert_eq!(found(store, "a").await, Found::Writing(writer));
    subject.age("a", MINUTE * 2).await;
    assert_eq!(found(store, "a").await, Found::Nothing);
    take(subject).await;
}

pub(super) async fn a_refresh_is_stored_even_if_the_value_ends_before_it(subject: &dyn Subject) {
    let store = subject.store();
    for window in [Duration::ZERO, WINDOW] {
        let first = take(subject).await;
        assert_eq!(fill(subject, first, window).await, Filled::Stored);
        subject.age("a", (FRESH + window).saturating_sub(MINUTE)).await;
        let refresh = take(subject).await;
        // The load goes on, and takes longer than the value lives.
        for _ in 0..3 {
            subject.age("a", MINUTE * 3 / 2).await;
            assert!(store.extend(&key("a"), refresh, LEASE).await.unwrap(), "{window:?}");
            let Read { found, lease, .. } = read(subject).await;
            assert_eq!(lease, Some(refresh), "{window:?}");
            let is_over = match found {
                Found::Stale(value) => value.ttl <= Duration::from_millis(1),
                found => found == Found::Loading(refresh),
            };
            assert!(is_over, "{window:?}");
            let (_, other) = ask(subject, None).await;
            assert!(matches!(other, Acquired::Busy { holder, .. } if holder == refresh));
        }
        assert_eq!(fill(subject, refresh, WINDOW).await, Filled::Stored);
        fresh_value(subject).await;
        store.invalidate(&key("a")).await.unwrap();
    }
}
