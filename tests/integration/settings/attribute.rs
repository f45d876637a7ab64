//! The options of the attribute.

use std::time::Duration;

use cache_runtime::{cached, policies, testing, ttl};

use super::{HIT, Loads, STORED, reason};
use crate::support::counters;
use crate::support::just_before;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

#[cached(key = "fixed:<id>", ttl = "1m30s")]
async fn fixed(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "class:<id>", ttl = ttl::VOLATILE)]
async fn class(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "computed:<seconds>", ttl = Duration::from_secs(seconds))]
async fn computed(loads: &Loads, seconds: u64) -> Option<u64> {
    loads.next();
    (seconds != 40).then_some(seconds)
}

#[cached(key = "by_value:<id>", ttl = |value: &u64| Duration::from_secs(*value))]
async fn by_value(id: u64) -> Option<u64> {
    (id != 9).then_some(id)
}

#[cached(key = "long:<id>", ttl = "1h")]
async fn long(loads: &Loads, id: u64) -> Option<u64> {
    loads.next();
    (id != 0).then_some(id)
}

#[cached(key = "short:<id>", ttl = "5s")]
async fn short(id: u64) -> Option<u64> {
    (id != 0).then_some(id)
}

#[cached(key = "none_ttl:<id>", ttl = "10s", none_ttl = "2s")]
async fn none_ttl(id: u64) -> Option<u64> {
    (id != 0).then_some(id)
}

#[cached(key = "when:<id>", ttl = "1h", when = id > 10, version = 2)]
async fn when(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "store_if:<id>", ttl = "1h", store_if = |value: &u64| value.is_multiple_of(2))]
async fn store_if(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

/// A hit until just before, a load from then on.
macro_rules! lives {
    ($cache:expr, $call:expr, $ttl:expr) => {{
        assert_eq!(reason($call).await, STORED);
        $cache.clock().advance(just_before($ttl));
        assert!(reason($call).await.starts_with("fresh"));
        $cache.clock().advance(MS);
        assert_eq!(reason($call).await, STORED);
    }};
}

#[tokio::test]
async fn an_expired_entry_is_reloaded_once() {
    let cache = testing::isolate();
    let loads = Loads::default();
    lives!(cache, fixed(&loads, 1), 90 * SECOND);
    assert_eq!(fixed(&loads, 1).await, 2);
    assert_eq!(loads.total(), 2);
    lives!(cache, class(&loads, 1), 300 * SECOND);
}

#[tokio::test]
async fn a_hit_does_not_lengthen_a_life() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for _ in 0..90 {
        assert_eq!(fixed(&loads, 1).await, 1);
        cache.clock().advance(SECOND);
    }
    assert_eq!(fixed(&loads, 1).await, 2);
}

#[tokio::test]
async fn a_computed_ttl_is_that_of_the_call() {
    let cache = testing::isolate();
    let loads = Loads::default();
    lives!(cache, computed(&loads, 7), 7 * SECOND);
    lives!(cache, computed(&loads, 100), 100 * SECOND);
    // A `None` lives no longer than 30 s.
    lives!(cache, computed(&loads, 40), 30 * SECOND);
}

#[tokio::test]
async fn a_computed_ttl_of_zero_stores_nothing_and_is_counted() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for _ in 0..2 {
        let reason = reason(computed(&loads, 0)).await;
        assert_eq!(reason, "loaded, not stored: the ttl is zero");
    }
    assert_eq!(loads.total(), 2);
    assert_eq!(counters(&cache, "computed").refused.zero_ttl, 2);
}

#[tokio::test]
async fn a_ttl_closure_sees_the_value() {
    let cache = testing::isolate();
    lives!(cache, by_value(3), 3 * SECOND);
    lives!(cache, by_value(60), 60 * SECOND);
    lives!(cache, by_value(9), 30 * SECOND);
    assert_eq!(reason(by_value(0)).await, "loaded, not stored: the ttl is zero");
}

#[tokio::test]
async fn a_none_lives_thirty_seconds_or_the_ttl_or_as_none_ttl_says() {
    let cache = testing::isolate();
    let loads = Loads::default();
    lives!(cache, long(&loads, 0), 30 * SECOND);
    lives!(cache, long(&loads, 1), 3600 * SECOND);
    lives!(cache, short(0), 5 * SECOND);
    lives!(cache, none_ttl(0), 2 * SECOND);
    lives!(cache, none_ttl(1), 10 * SECOND);
}

#[tokio::test]
async fn when_is_asked_before_the_cache_is() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for call in 1..=3 {
        assert_eq!(when(&loads, 10).await, call);
    }
    assert_eq!(reason(when(&loads, 10)).await, "bypassed by the call");
    assert_eq!(reason(when(&loads, 11)).await, STORED);
    assert_eq!(reason(when(&loads, 11)).await, HIT);
    let counted = counters(&cache, "when");
    assert_eq!((counted.bypasses, counted.misses, counted.hits), (4, 1, 1));
}

#[tokio::test]
async fn store_if_keeps_a_value_from_being_stored_and_not_from_being_returned() {
    let cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!(reason(store_if(&loads, 1)).await, "loaded, not stored: `store_if` declined");
    assert_eq!(store_if(&loads, 1).await, 2);
    assert_eq!(store_if(&loads, 1).await, 2);
    assert_eq!(counters(&cache, "store_if").refused.store_if, 1);
}

#[test]
fn a_declaration_is_listed_as_written() {
    let policies = policies();
    let of = |name: &str| {
        *policies
            .iter()
            .find(|policy| policy.name == name && policy.module == module_path!())
            .expect("it is linked")
    };
    assert_eq!((of("when").version, of("when").key), (2, "when:<id>"));
    assert_eq!(of("fixed").version, 1);
    assert_eq!(of("fixed").ttl, cache_runtime::Ttl::Fixed(90 * SECOND));
    assert_eq!(of("computed").ttl, cache_runtime::Ttl::Computed);
    assert_eq!(of("none_ttl").none_ttl, Some(2 * SECOND));
    assert!(of("fixed").file.ends_with("attribute.rs") && of("fixed").line > 0);
}
