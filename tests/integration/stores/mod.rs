//! The store contract: one suite, run on every store.

mod ages;
mod answers;
mod contract;
mod faulty;
mod foreign;
mod interleavings;
mod layout;
mod limits;
mod link;
mod memory;
mod servers;
mod tags;
mod times;
mod tracking;
mod watcher;
mod watchers;
mod writes;

use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{Acquired, Envelope, Filled, Format, Found, Key, Store, Tag, Token};

/// A store under test, and how its time is made to pass.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    fn store(&self) -> &dyn Store;
    /// Lets so much time pass for the store.
    async fn pass(&self, time: Duration);

    /// Makes an entry so much older, and whatever stands beside it.
    async fn age(&self, name: &str, time: Duration);

    fn times(&self) -> Times {
        Times::OF_A_MANUAL_CLOCK
    }

    fn just_before(&self, end: Duration) -> Duration {
        end.saturating_sub(self.times().tick)
    }
}

/// How long things last in a test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    lease: Duration,
    guard: Duration,
    ttl: Duration,
    /// The time between "just before" an end and the end.
    tick: Duration,
}

impl Times {
    const OF_A_MANUAL_CLOCK: Self = Self {
        lease: Duration::from_secs(3),
        guard: Duration::from_secs(30),
        ttl: Duration::from_mins(1),
        tick: Duration::from_millis(1),
    };
}

/// Makes a test of each guarantee, on each store that the expression makes.
macro_rules! on {
    ($subjects:expr; $($suite:ident: $($guarantee:ident),+ $(,)?;)+) => {$($(
        #[tokio::test]
        async fn $guarantee() {
            for subject in $subjects {
                super::$suite::$guarantee(&subject).await;
            }
        }
    )+)+};
}
use on;

/// Makes a test of every guarantee.
macro_rules! on_every {
    ($subjects:expr) => {
        super::on! {
            $subjects;
            contract:
                what_a_load_stored_is_found_until_its_ttl,
                between_its_fresh_time_and_its_ttl_a_value_is_stale,
                keys_are_compared_whole_whatever_bytes_they_hold,
                a_lease_is_granted_to_one_load_at_a_time,
                a_fill_needs_the_lease,
                a_second_fill_is_refused,
                a_released_lease_is_free_and_no_longer_good,
                a_lease_that_ran_out_goes_to_the_next_who_asks,
                a_lease_can_be_extended_while_it_is_there,
                who_asks_for_a_lease_gets_the_value_that_came_meanwhile,
                an_invalidation_removes_the_value_and_ends_the_lease,
                marking_makes_a_value_stale_and_ends_the_lease,
                clearing_ends_every_value_and_what_is_being_loaded,
                a_scan_finds_the_keys_with_a_prefix,
                a_zero_lease_is_free_at_once;
            ages:
                a_value_grows_older_and_then_stale,
                a_value_that_is_marked_stale_is_so_from_then_on_to_the_end_of_its_window,
                nobody_loads_in_the_pause_after_a_load_that_failed,
                without_a_value_a_load_that_failed_leaves_nothing,
                who_has_no_lease_begins_no_pause,
                whatever_ends_a_lease_ends_a_pause,
                a_pause_does_not_hide_the_value,
                a_renewed_ttl_begins_anew_and_the_value_lives_as_much_longer,
                a_renewed_ttl_ends_so_long_after_the_load_at_the_latest,
                a_renewal_ends_no_value_sooner,
                a_stale_value_is_not_renewed,
                a_renewal_leaves_the_load_beside_the_value,
                a_renewal_under_a_guard_does_not_let_the_value_outlive_it,
                a_renewal_that_comes_after_an_invalidation_lengthens_neither_lease_nor_guard,
                a_refresh_is_stored_even_if_the_value_ends_before_it;
            writes:
                a_guard_ends_the_lease_and_grants_none,
                a_guard_leaves_the_value_until_its_deadline,
                a_commit_replaces_the_value_or_removes_it,
                writers_that_overlap_leave_the_key_empty_in_every_order,
                who_overlapped_stores_nothing_however_the_other_writer_ended,
                a_begin_that_arrives_twice_is_one_writer,
                a_second_commit_only_removes,
                an_invalidation_leaves_the_guard_and_its_writer_stores_nothing,
                marking_stale_under_a_guard_removes_the_value,
                a_guard_survives_a_clear,
                a_writer_whose_guard_ran_out_removes_what_was_stored_since,
                an_abandoned_guard_stays_to_its_deadline,
                an_abandoned_guard_stays_as_long_as_it_is_held,
                a_guard_that_ran_out_is_held_again_by_its_writer,
                a_cancelled_guard_gives_the_value_its_life_back,
                a_cancelled_guard_leaves_those_of_others,
                a_crowd_of_writers_is_waited_for_to_its_last,
                a_committed_value_whose_tag_was_bumped_is_not_served;
            tags:
                a_bump_ends_every_value_with_the_tag_and_no_other,
                who_loads_beside_a_value_that_has_ended_is_told,
                a_load_that_a_bump_overtook_is_not_stored,
                versions_stay_until_a_bump_and_never_come_back,
                the_epoch_changes_with_a_clear_only;
        }
    };
}
use on_every;

fn key(name: &str) -> Key {
    Key::new(name.as_bytes()).expect("it is short")
}

fn tag(name: &str) -> Tag {
    Tag::new(name.as_bytes())
}

/// A value as it is when a load begins now.
async fn value(subject: &dyn Subject, text: &str, tags: &[Tag]) -> Envelope {
    let Times { ttl, .. } = subject.times();
    let versions = subject.store().versions(tags).await.expect("the store is up");
    Envelope::new(text.as_bytes().to_vec(), Format::new(1, 2, 0xDEAD_BEEF), versions, ttl, ttl)
}

/// Takes the lease of a load, which must be free: there is no value that could be served instead.
async fn lease(subject: &dyn Subject, name: &str) -> Token {
    let (store, token) = (subject.store(), Token::new());
    let observed = match found(store, name).await {
        Found::Dead(value) => value.id,
        _ => None,
    };
    let acquired = store.acquire(&key(name), token, subject.times().lease, observed).await;
    assert_eq!(acquired.expect("the store is up"), Acquired::Granted);
    token
}

async fn acquire(subject: &dyn Subject, name: &str, token: Token) -> Acquired {
    let Times { lease, .. } = subject.times();
    subject.store().acquire(&key(name), token, lease, None).await.expect("the store is up")
}

async fn fill(subject: &dyn Subject, name: &str, token: Token, text: &str) -> Filled {
    let value = value(subject, text, &[]).await;
    subject.store().fill(&key(name), token, &[], value).await.expect("the store is up")
}

/// Loads and stores a value.
async fn stored(subject: &dyn Subject, name: &str, text: &str) {
    let token = lease(subject, name).await;
    assert_eq!(fill(subject, name, token, text).await, Filled::Stored);
}

async fn begin(subject: &dyn Subject, name: &str) -> Token {
    let (token, Times { guard, .. }) = (Token::new(), subject.times());
    subject.store().begin(&key(name), token, guard).await.expect("the store is up");
    token
}

async fn commit(subject: &dyn Subject, name: &str, token: Token, text: Option<&str>) -> Filled {
    let value = match text {
        Some(text) => Some(value(subject, text, &[]).await),
        None => None,
    };
    subject.store().commit(&key(name), token, &[], value).await.expect("the store is up")
}

/// What is under a key of an entry without tags.
async fn found(store: &dyn Store, name: &str) -> Found {
    store.read(&key(name), &[]).await.expect("the store is up").found
}

/// The text under a key while it is fresh.
async fn fresh(store: &dyn Store, name: &str) -> Option<String> {
    match found(store, name).await {
        Found::Fresh(envelope) => Some(String::from_utf8_lossy(&envelope.bytes).into_owned()),
        _ => None,
    }
}
