//! The snapshot: its counters add up to what happened.

use cache_runtime::{Trouble, cached, entry, refresh, testing};

use super::Loads;
use crate::support::counters;
use crate::support::log::logged;

#[cached(key = "found:<id>", ttl = "1h")]
async fn found(loads: &Loads, id: u64) -> Result<Option<u64>, &'static str> {
    match (loads.next(), id) {
        (_, 0) => Ok(None),
        (_, 9) => Err("down"),
        (load, _) => Ok(Some(load)),
    }
}

#[cached(key = "found:<id>", ttl = "1h")]
async fn same_key(id: u64) -> String {
    id.to_string()
}

#[tokio::test]
async fn every_call_is_a_hit_a_negative_hit_or_a_miss() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for id in [1, 1, 1, 0, 0, 9, 9, 2] {
        let _ = found(&loads, id).await;
    }
    cache.invalidate(entry!(found(1))).await.expect("memory does not fail");
    let counted = counters(&cache, "found");
    assert_eq!((counted.hits, counted.negative_hits, counted.misses), (2, 1, 5));
    assert_eq!((counted.loads, counted.load_errors, counted.fills), (5, 2, 3));
    assert_eq!((counted.invalidations, counted.refused.total()), (1, 0));
    assert_eq!(counted.hit_ratio(), Some(3.0 / 8.0));
    assert!(counted.load_time_p50_us.is_some() && counted.load_time_p99_us.is_some());
    assert_eq!((cache.snapshot().entries, cache.snapshot().evictions), (2, 0));
}

#[tokio::test]
async fn a_refresh_is_counted_apart_whatever_was_stored_and_whatever_becomes_of_it() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for id in [1, 1, 0, 9] {
        let _ = refresh(found(&loads, id)).await;
    }
    let _ = found(&loads, 1).await;
    let _ = found(&loads, 2).await;
    let counted = counters(&cache, "found");
    assert_eq!((counted.refreshes, counted.misses, counted.hits), (4, 5, 1));
    assert_eq!((counted.loads, counted.load_errors, counted.fills), (5, 1, 4));
}

#[tokio::test]
async fn the_snapshot_is_json_and_a_table() {
    let cache = testing::isolate();
    let loads = Loads::default();
    let _ = found(&loads, 1).await;
    let _ = found(&loads, 1).await;
    let json = serde_json::to_value(cache.snapshot()).expect("it serializes");
    let policy = &json["policies"][0];
    assert_eq!((&policy["name"], &policy["hits"]), (&"found".into(), &1.into()));
    assert_eq!((&policy["refused"]["overtaken"], &json["entries"]), (&0.into(), &1.into()));
    let table = cache.snapshot().to_string();
    assert!(table.contains("found") && table.contains("1 entries, 0 dead"), "{table}");
}

#[tokio::test]
async fn two_functions_that_share_a_key_never_get_each_others_values_and_are_counted() {
    let cache = testing::isolate();
    let loads = Loads::default();
    assert!(cache.health().is_healthy());
    let log = logged(async {
        for _ in 0..2 {
            assert_eq!(found(&loads, 1).await.map(|value| value.is_some()), Ok(true));
            assert_eq!(same_key(1).await, "1");
        }
    })
    .await;
    assert_eq!(cache.peek(entry!(same_key(1))).await, None);
    let counted = counters(&cache, "same_key");
    assert!(counted.type_mismatches > 0);
    assert_eq!(counted.troubles.get(&Trouble::OtherType), Some(&counted.type_mismatches));
    assert!(log.contains("other_type") && log.contains("another key"), "{log}");
    let health = cache.health();
    assert!(!health.is_healthy() && health.to_string().contains("other_type"), "{health}");
}
