//! Caches on a clock that the test made.

use std::sync::Arc;

use cache_runtime::Cache;
use cache_runtime::store::InMemory;
use cache_runtime::testing::{self, ManualClock};

use super::{MINUTE, MS, get, outcome};
use crate::support::{just_before, now};

#[tokio::test]
async fn a_cache_is_built_on_the_clock_of_the_test_and_put_in_place_with_it() {
    let clock = ManualClock::new();
    let build = Cache::builder().clock(clock.clone());
    let cache = testing::isolate_on(build.build().await.unwrap());
    get(1, 1).await;
    clock.advance(just_before(MINUTE));
    assert!(outcome(get(1, 1)).await.is_hit());
    cache.clock().advance(MS);
    assert!(outcome(get(1, 1)).await.is_miss());
}

#[tokio::test]
async fn a_cache_and_its_store_may_be_on_clocks_of_their_own() {
    let (here, there) = (ManualClock::new(), ManualClock::new());
    let store = Arc::new(InMemory::with_clock(100, there.clone()));
    let build = Cache::builder().clock(here.clone()).store(store);
    let _cache = testing::isolate_on(build.build().await.unwrap());
    get(1, 1).await;
    here.advance(MINUTE);
    assert!(outcome(get(1, 1)).await.is_hit(), "the store's clock stands still");
    there.advance(MINUTE);
    assert!(outcome(get(1, 1)).await.is_hit(), "this is the copy of a moment ago");
    here.advance(MINUTE);
    assert!(outcome(get(1, 1)).await.is_miss());
}

#[test]
fn a_clock_that_a_test_gives_is_that_of_its_isolated_cache() {
    let clock = ManualClock::new();
    let cache = testing::isolate_with(|build| build.clock(clock.clone()));
    now(get(1, 1));
    clock.advance(MINUTE);
    assert!(now(outcome(get(1, 1))).is_miss());
    assert_eq!(format!("{:?}", cache.clock()), format!("{clock:?}"));
}
