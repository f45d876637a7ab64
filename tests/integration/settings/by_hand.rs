//! Single entries, looked at and changed by hand.

use std::time::Duration;

use cache_runtime::{cached, entry, invalidates, testing};

use super::{HIT, Loads, STORED, reason};
use crate::support::counters;

const SECOND: Duration = Duration::from_secs(1);

#[cached(key = "user:<id>", ttl = "1m", tags = ["users"])]
async fn user(loads: &Loads, id: u64) -> Option<u64> {
    loads.next();
    (id != 0).then_some(id * 10)
}

#[cached(key = "timed:<id>", ttl = Duration::from_secs(id))]
async fn timed(id: u64) -> u64 {
    id
}

#[invalidates(user(id))]
async fn write(id: u64, gate: &testing::Gate) {
    let _ = id;
    gate.pass().await;
}

#[tokio::test]
async fn peek_looks_and_counts_nothing() {
    let cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!(cache.peek(entry!(user(1))).await, None);
    user(&loads, 1).await;
    user(&loads, 0).await;
    assert_eq!(cache.peek(entry!(user(1))).await, Some(Some(10)));
    assert_eq!(cache.peek(entry!(user(0))).await, Some(None));
    let counted = counters(&cache, "user");
    assert_eq!((counted.hits, counted.negative_hits, counted.misses), (0, 0, 2));
    cache.clock().advance(60 * SECOND);
    assert_eq!(cache.peek(entry!(user(1))).await, None);
}

#[tokio::test]
async fn put_stores_with_the_functions_ttl_and_tags() {
    let cache = testing::isolate();
    let loads = Loads::default();
    cache.put(entry!(user(1)), Some(5)).await.expect("it can be stored");
    cache.put(entry!(user(2)), None).await.expect("it can be stored");
    assert_eq!((user(&loads, 1).await, user(&loads, 2).await), (Some(5), None));
    assert_eq!(loads.total(), 0);
    cache.clock().advance(30 * SECOND);
    assert_eq!(reason(user(&loads, 1)).await, HIT);
    assert_eq!(reason(user(&loads, 2)).await, STORED, "a `None` lives 30 s");
    cache.invalidate_tag("users").await.expect("memory does not fail");
    assert_eq!(reason(user(&loads, 1)).await, STORED);
    cache.put(entry!(user(1)), Some(6)).await.expect("it can be stored");
    cache.clock().advance(60 * SECOND);
    assert_eq!(reason(user(&loads, 1)).await, STORED);
}

#[tokio::test]
async fn put_for_stores_for_so_long_and_is_what_a_computed_ttl_needs() {
    let cache = testing::isolate();
    let error = cache.put(entry!(timed(1)), 5).await.expect_err("its ttl is not known");
    assert!(error.is_value() && error.to_string().contains("put_for"), "{error}");
    cache.put_for(entry!(timed(1)), 5, 90 * SECOND).await.expect("it can be stored");
    cache.clock().advance(89 * SECOND);
    assert_eq!(timed(1).await, 5);
    cache.clock().advance(SECOND);
    assert_eq!(timed(1).await, 1);
    cache.put_for(entry!(timed(1)), 6, Duration::ZERO).await.expect("nothing is stored");
    assert_eq!(cache.peek(entry!(timed(1))).await, None);
}

#[tokio::test]
async fn invalidate_mark_stale_and_clear_make_the_next_call_load() {
    let cache = testing::isolate();
    let loads = Loads::default();
    for id in 1..=2 {
        user(&loads, id).await;
    }
    cache.invalidate(entry!(user(1))).await.expect("memory does not fail");
    assert_eq!(reason(user(&loads, 1)).await, STORED);
    assert_eq!(reason(user(&loads, 2)).await, HIT);
    cache.mark_stale(entry!(user(1))).await.expect("memory does not fail");
    assert_eq!(cache.peek(entry!(user(1))).await, None);
    assert_eq!(reason(user(&loads, 1)).await, STORED);
    assert_eq!(reason(user(&loads, 2)).await, HIT);
    (*cache).clear().await.expect("memory does not fail");
    for id in 1..=2 {
        assert_eq!(reason(user(&loads, id)).await, STORED);
        assert_eq!(reason(user(&loads, id)).await, HIT);
    }
}

#[tokio::test]
async fn explain_tells_what_is_there_how_long_and_who_holds_it() {
    let cache = testing::isolate();
    let loads = Loads::default();
    let explain = |id: u64| cache.explain(&entry!(user(id)));
    assert!(!explain(1).is_hit());
    let text = explain(1).to_string();
    for part in ["`user`", "`user:<id>`", "by_hand.rs", "60s", "none"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    user(&loads, 1).await;
    user(&loads, 0).await;
    cache.clock().advance(SECOND);
    assert!(explain(1).is_hit());
    assert!(explain(1).to_string().contains("fresh for 59s"), "{}", explain(1));
    assert!(explain(0).to_string().contains("a cached `None`"), "{}", explain(0));
    cache.invalidate_tag("users").await.expect("memory does not fail");
    assert!(!explain(1).is_hit());
    assert!(explain(1).to_string().contains("dead"), "{}", explain(1));

    let gate = testing::Gate::new();
    let writing = tokio::spawn({
        let gate = gate.clone();
        async move { write(1, &gate).await }
    });
    gate.arrived(1).await;
    assert!(explain(1).to_string().contains("1 write(s) under way"), "{}", explain(1));
    gate.open();
    writing.await.expect("it does not panic");
    assert!(!explain(1).to_string().contains("under way"), "{}", explain(1));
}

#[cached(
    key = "aging:<id>",
    ttl = "100s",
    refresh_ahead = 0.8,
    stale_while_revalidate = "50s",
    stale_if_error = "200s",
    skip(fails)
)]
async fn aging(id: u64, fails: bool) -> Result<u64, &'static str> {
    if fails { Err("it fails") } else { Ok(id) }
}

#[cached(key = "renewed:<id>", ttl = "100s", sliding = "1h")]
async fn renewed(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn explain_tells_by_which_window_a_stale_value_is_served_and_for_how_long() {
    let cache = testing::isolate();
    let explain = || cache.explain(entry!(aging(1))).to_string();
    assert_eq!(aging(1, false).await, Ok(1));
    renewed(1).await;
    for (seconds, text) in [
        (79, "fresh for 21s\n"),
        (1, "fresh for 20s; the next hit has it refreshed"),
        (20, "stale, for 50s served at once and refreshed in the background"),
        (50, "stale, for 150s served if its load fails"),
    ] {
        cache.clock().advance(seconds * SECOND);
        // A line of its own, also where it is the last.
        assert!((explain() + "\n").contains(text), "{text}: {}", explain());
        if seconds == 1 {
            let renewed = cache.explain(entry!(renewed(1))).to_string();
            assert!(renewed.contains("fresh for 20s; the next hit renews its ttl"), "{renewed}");
        }
    }
    assert!(!cache.explain(entry!(aging(1))).is_hit());
    assert_eq!(aging(1, true).await, Ok(1), "in the place of the error");
    assert!(explain().contains("a load failed lately, and the next waits"), "{}", explain());
    cache.clock().advance(150 * SECOND);
    assert!(explain().contains("entry:  none"), "{}", explain());
}
