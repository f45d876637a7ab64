//! Caches in slots, installed once.

use cache_runtime::{Cache, CacheSlot, cached, entry, testing};

use super::Loads;

static ONCE: CacheSlot = CacheSlot::new("once");
static UNUSED: CacheSlot = CacheSlot::new("unused");
static LEFT: CacheSlot = CacheSlot::new("left");

#[cached(key = "once:<id>", ttl = "1h", cache = ONCE)]
async fn once(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "unused:<id>", ttl = "1h", cache = UNUSED)]
async fn unused(id: u64) -> u64 {
    id
}

#[cached(key = "shared:<id>", ttl = "1h", cache = LEFT)]
async fn left(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "shared:<id>", ttl = "1h")]
async fn right(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

async fn built() -> Cache {
    Cache::builder().build().await.expect("the defaults are right")
}

#[tokio::test]
async fn a_slot_takes_one_cache_once_and_serves_its_functions() {
    let loads = Loads::default();
    let cache = built().await;
    cache.install_in(&ONCE).expect("nothing is there");
    assert_eq!((once(&loads, 1).await, once(&loads, 1).await), (1, 1));
    assert_eq!(cache.peek(entry!(once(1))).await, Some(1));
    for other in [built().await, cache.clone()] {
        let error = other.install_in(&ONCE).expect_err("a cache is there");
        assert!(error.is_already_installed());
        assert!(error.to_string().contains("the slot `once` has a cache already"), "{error}");
    }
    assert_eq!(once(&loads, 1).await, 1);
    // An isolated cache comes first.
    let _isolated = testing::isolate();
    assert_eq!(once(&loads, 1).await, 2);
}

#[tokio::test]
async fn a_call_outside_of_any_cache_panics_with_advice_under_the_feature_testing() {
    let call = tokio::spawn(async { unused(1).await });
    let panic = call.await.expect_err("no cache").into_panic();
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a text");
    for part in
        ["::installed::unused` (", "installed.rs:", "testing::isolate()", "cache.scope(future)"]
    {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn two_slots_share_no_entries() {
    let cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!((left(&loads, 1).await, right(&loads, 1).await), (1, 2));
    assert_eq!((left(&loads, 1).await, right(&loads, 1).await), (1, 2));
    cache.clear().await.expect("memory does not fail");
    assert_eq!((left(&loads, 1).await, right(&loads, 1).await), (1, 3));
}

#[tokio::test]
async fn tests_that_isolate_share_nothing_and_nest() {
    let loads = Loads::default();
    let outer = testing::isolate();
    assert_eq!(right(&loads, 1).await, 1);
    {
        let _inner = testing::isolate();
        assert_eq!(right(&loads, 1).await, 2);
    }
    assert_eq!(right(&loads, 1).await, 1);
    drop(outer);
}
