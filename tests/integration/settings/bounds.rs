//! Limits, and what reaching one does.

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{cached, entry};

use super::{Loads, reason};
use crate::support::counters;

#[cached(key = "number:<id>", ttl = "1h", tags = ["number:<id>"])]
async fn number(id: u64) -> u64 {
    id
}

#[cached(key = "text:<id>", ttl = "1h", skip(length))]
async fn text(id: u64, length: usize) -> String {
    "x".repeat(length)
}

#[cached(key = "named:<name>", ttl = "1h")]
async fn named(loads: &Loads, name: &str) -> u64 {
    loads.next()
}

fn with_bytes(bytes: u64) -> IsolatedCache {
    testing::isolate_with(|builder| builder.max_bytes(bytes))
}

#[tokio::test]
async fn max_entries_is_never_exceeded_and_evictions_are_counted() {
    for limit in [1, 2, 10, 1_000, 5_000] {
        let cache = testing::isolate_with(|builder| builder.max_entries(limit));
        let calls = limit * 3 + 10;
        for id in 0..calls {
            number(id).await;
            assert!(cache.snapshot().entries <= limit, "{limit}");
        }
        let snapshot = cache.snapshot();
        assert_eq!(snapshot.evictions + snapshot.entries, calls, "{limit}");
        assert!(snapshot.entries >= (limit / 2).max(1), "{limit}: {}", snapshot.entries);
    }
}

#[tokio::test]
async fn what_is_used_is_kept_over_what_is_not() {
    let cache = testing::isolate_with(|builder| builder.max_entries(100));
    for _ in 0..5 {
        number(7).await;
    }
    for id in 1_000..3_000 {
        number(id).await;
        number(7).await;
    }
    assert_eq!(cache.peek(entry!(number(7))).await, Some(7));
    let counted = counters(&cache, "number");
    assert!(counted.hits > 1_990, "{counted:?}");
}

#[tokio::test]
async fn max_bytes_is_never_exceeded() {
    let cache = with_bytes(1 << 20);
    for id in 0..2_000 {
        text(id, 4_000).await;
        // Each takes its key, its encoding and 120 bytes.
        assert!(cache.snapshot().entries * 4_120 <= 1 << 20);
    }
    let entries = cache.snapshot().entries;
    assert!(entries > 100, "{entries} entries of 4 kB in 1 MiB");
}

#[tokio::test]
async fn many_small_values_under_max_bytes_are_still_bounded_by_max_entries() {
    let cache = testing::isolate_with(|builder| builder.max_bytes(1 << 20).max_entries(10));
    for id in 0..100 {
        number(id).await;
    }
    assert!(cache.snapshot().entries <= 10);
}

#[tokio::test]
async fn a_value_that_is_too_heavy_is_returned_and_not_stored_and_counted() {
    let cache = with_bytes(10_000);
    for _ in 0..2 {
        assert_eq!(text(1, 20_000).await.len(), 20_000);
    }
    let too_large = "loaded, not stored: the value is too large";
    assert_eq!(reason(text(1, 20_000)).await, too_large);
    assert_eq!(counters(&cache, "text").refused.too_large, 3);
    assert_eq!(cache.snapshot().entries, 0);
    let error = cache.put(entry!(text(1)), "x".repeat(20_000)).await.expect_err("too large");
    assert!(error.is_value());
}

#[tokio::test]
async fn a_value_too_heavy_does_not_leave_an_older_one_behind() {
    let cache = with_bytes(10_000);
    text(1, 10).await;
    let put = cache.put(entry!(text(1)), "x".repeat(20_000)).await;
    assert!(put.is_err());
    assert_eq!(cache.peek(entry!(text(1))).await, None, "what the new value was to replace");
}

#[tokio::test]
async fn a_value_too_heavy_does_not_push_the_others_out() {
    let cache = with_bytes(100_000);
    for id in 0..20 {
        text(id, 100).await;
    }
    text(99, 200_000).await;
    assert_eq!((cache.snapshot().entries, cache.snapshot().evictions), (20, 0));
}

#[tokio::test]
async fn a_key_above_one_kibibyte_is_uncached_and_counted() {
    let cache = testing::isolate();
    let loads = Loads::default();
    // `named:` and 1,018 letters are 1 KiB.
    let (fits, too_long) = ("x".repeat(1_018), "x".repeat(1_019));
    for _ in 0..2 {
        named(&loads, &fits).await;
    }
    assert_eq!(loads.total(), 1);
    for _ in 0..2 {
        let outcome = cache_runtime::traced(named(&loads, &too_long)).await.1;
        assert!(outcome.is_bypass());
        assert_eq!(outcome.reason(), "the key is longer than 1 KiB");
    }
    assert_eq!(loads.total(), 3);
    let counted = counters(&cache, "named");
    assert_eq!((counted.key_too_long, counted.fills), (2, 1));

    let long = || entry!(named(&too_long));
    assert_eq!(cache.peek(long()).await, None);
    assert!(cache.put(long(), 1).await.expect_err("nothing is stored there").is_value());
    cache.invalidate(long()).await.expect("nothing to do");
    cache.mark_stale(long()).await.expect("nothing to do");
    assert!(cache.explain(&long()).to_string().contains("longer than 1 KiB"));
}
