//! The contract on the store in this process's memory.

use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{InMemory, Store};
use cache_runtime::testing::{self, IsolatedCache};

use super::{Subject, on};

struct Memory {
    store: InMemory,
    /// For its clock.
    cache: IsolatedCache,
}

impl Memory {
    fn new() -> Self {
        let cache = testing::isolate();
        Self { store: InMemory::with_clock(1_000, cache.clock().clone()), cache }
    }
}

#[async_trait]
impl Subject for Memory {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn pass(&self, time: Duration) {
        self.cache.clock().advance(time);
    }
}

on! {
    Memory::new();
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
        softening_makes_a_value_stale_and_ends_the_lease,
        clearing_ends_every_value_and_lease,
        a_scan_finds_the_keys_with_a_prefix,
        a_zero_lease_is_free_at_once;
    writes:
        a_guard_ends_the_lease_and_grants_none,
        a_guard_leaves_the_value_until_its_deadline,
        a_commit_replaces_the_value_or_removes_it,
        writers_that_overlap_leave_the_key_empty_in_every_order,
        who_overlapped_stores_nothing_however_the_other_writer_ended,
        a_begin_that_arrives_twice_is_one_writer,
        a_second_commit_only_removes,
        an_invalidation_leaves_the_guard_and_its_writer_stores_nothing,
        softening_under_a_guard_removes_the_value,
        a_guard_survives_a_clear,
        a_writer_whose_guard_ran_out_removes_what_was_stored_since,
        an_abandoned_guard_stays_to_its_deadline,
        an_abandoned_guard_stays_as_long_as_it_is_held,
        a_guard_that_ran_out_is_held_again_by_its_writer,
        a_lifted_guard_gives_the_value_its_life_back,
        a_lifted_guard_leaves_those_of_others,
        a_commit_of_a_value_whose_tag_was_bumped_stores_nothing;
    tags:
        a_bump_ends_every_value_with_the_tag_and_no_other,
        a_load_that_a_bump_overtook_is_not_stored,
        versions_stay_until_a_bump_and_never_come_back,
        the_epoch_changes_with_a_clear_only;
}
