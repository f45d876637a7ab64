//! Limits, and what reaching one does.

mod held;
mod subject;

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{cached, entry};

use self::held::{Held, Text};
use self::subject::{Naive, Ours, Subject, text};
use super::{Loads, reason};
use crate::support::counters;
use crate::support::log::logged;

#[cached(key = "named:<name>", ttl = "1h")]
async fn named(loads: &Loads, name: &str) -> u64 {
    loads.next()
}

fn with_bytes(bytes: u64) -> IsolatedCache {
    testing::isolate_with(|builder| builder.max_bytes(bytes))
}

/// The most that a cache holds after any of so many reads of different texts.
async fn most_held(subject: &mut impl Subject, texts: u64, length: usize) -> Held {
    let loads = Loads::default();
    let mut most = Held::default();
    for id in 0..texts {
        subject.read(&loads, id, length).await;
        most = most.most(Held::now());
    }
    most
}

#[tokio::test]
async fn naive_caches_exceed_the_limits_that_they_do_not_count() {
    for mut naive in [Naive::unbounded(), Naive::by_bytes(1 << 20)] {
        assert_eq!(most_held(&mut naive, 310, 10).await.entries, 310);
    }
    for mut naive in [Naive::unbounded(), Naive::by_entries(1_000)] {
        assert!(most_held(&mut naive, 2_000, 4_000).await.bytes > 1 << 20);
    }
    // What they do count they keep to, so it is not the scenario that exceeds every limit.
    assert_eq!(most_held(&mut Naive::by_entries(100), 310, 10).await.entries, 100);
    assert!(most_held(&mut Naive::by_bytes(1 << 20), 2_000, 4_000).await.bytes <= 1 << 20);
}

#[tokio::test]
async fn max_entries_is_never_exceeded_and_evictions_are_counted() {
    for limit in [1, 2, 10, 1_000, 5_000] {
        let mut subject = Ours::with(|builder| builder.max_entries(limit));
        let calls = limit * 3 + 10;
        let held = most_held(&mut subject, calls, 10).await;
        assert!(held.entries <= limit, "{limit}: {held:?}");
        let snapshot = subject.0.snapshot();
        assert_eq!(snapshot.entries, Held::now().entries, "{limit}");
        assert_eq!(snapshot.evictions + snapshot.entries, calls, "{limit}");
        assert!(snapshot.entries >= (limit / 2).max(1), "{limit}: {}", snapshot.entries);
    }
}

#[tokio::test]
async fn max_bytes_is_never_exceeded() {
    let mut subject = Ours::with(|builder| builder.max_bytes(1 << 20));
    let held = most_held(&mut subject, 2_000, 4_000).await;
    // Each takes its key, its value and 240 bytes.
    assert!(held.bytes + held.entries * 240 <= 1 << 20, "{held:?}");
    assert!(held.entries > 100, "{held:?} of 4 kB in 1 MiB");
}

#[tokio::test]
async fn many_small_values_under_max_bytes_are_still_bounded_by_max_entries() {
    let mut subject = Ours::with(|builder| builder.max_bytes(1 << 20).max_entries(10));
    let held = most_held(&mut subject, 100, 10).await;
    assert!(held.entries <= 10, "{held:?}");
}

/// How often a text is loaded that is read between any two others, of which there are more than fit.
async fn loads_of_what_is_used(subject: &mut impl Subject) -> u64 {
    let (used, others) = (Loads::default(), Loads::default());
    for _ in 0..5 {
        subject.read(&used, 7, 10).await;
    }
    for id in 1_000..3_000 {
        subject.read(&others, id, 10).await;
        subject.read(&used, 7, 10).await;
    }
    used.total()
}

#[tokio::test]
async fn a_naive_cache_evicts_what_is_used_with_the_rest() {
    assert!(loads_of_what_is_used(&mut Naive::by_entries(100)).await > 10);
}

#[tokio::test]
async fn what_is_used_is_kept_over_what_is_not() {
    let mut subject = Ours::with(|builder| builder.max_entries(100));
    let loads = loads_of_what_is_used(&mut subject).await;
    assert!(loads <= 10, "{loads} loads");
    assert!(subject.0.peek(entry!(text(7))).await.is_some());
}

/// How many of twenty texts are left once one was read that is heavier than the whole cache may be.
async fn left_by_a_heavy_one(subject: &mut impl Subject) -> u64 {
    let (first, again) = (Loads::default(), Loads::default());
    for id in 0..20 {
        subject.read(&first, id, 100).await;
    }
    subject.read(&first, 99, 200_000).await;
    for id in 0..20 {
        subject.read(&again, id, 100).await;
    }
    20 - again.total()
}

#[tokio::test]
async fn a_naive_cache_makes_room_in_vain_for_a_value_that_is_too_heavy() {
    assert_eq!(left_by_a_heavy_one(&mut Naive::by_bytes(100_000)).await, 0);
}

#[tokio::test]
async fn a_value_too_heavy_does_not_push_the_others_out() {
    let mut subject = Ours::with(|builder| builder.max_bytes(100_000));
    assert_eq!(left_by_a_heavy_one(&mut subject).await, 20);
    assert_eq!((subject.0.snapshot().entries, subject.0.snapshot().evictions), (20, 0));
}

#[tokio::test]
async fn a_value_that_is_too_heavy_is_returned_and_not_stored_and_counted() {
    let (cache, loads) = (with_bytes(10_000), Loads::default());
    for _ in 0..2 {
        assert_eq!(text(&loads, 1, 20_000).await.len(), 20_000);
    }
    let too_large = "loaded, not stored: the value is too large";
    assert_eq!(reason(text(&loads, 1, 20_000)).await, too_large);
    assert_eq!(counters(&cache, "text").refused.too_large, 3);
    assert_eq!((cache.snapshot().entries, Held::now()), (0, Held::default()));
    let error = cache.put(entry!(text(1)), Text::of(20_000)).await.expect_err("too large");
    assert!(error.is_value());
}

#[tokio::test]
async fn a_value_too_heavy_does_not_leave_an_older_one_behind() {
    let cache = with_bytes(10_000);
    text(&Loads::default(), 1, 10).await;
    let put = cache.put(entry!(text(1)), Text::of(20_000)).await;
    assert!(put.is_err());
    assert_eq!(Held::now(), Held::default(), "what the new value was to replace is gone");
    assert!(cache.peek(entry!(text(1))).await.is_none());
}

#[tokio::test]
async fn letters_of_every_script_fit_into_a_key_as_the_bytes_that_they_are() {
    let cache = testing::isolate();
    let loads = Loads::default();
    let names = ["日".repeat(339), "п".repeat(509), "💥".repeat(254), "a\u{301}".repeat(339)];
    for _ in 0..2 {
        for name in &names {
            named(&loads, name).await;
        }
    }
    assert_eq!(loads.total(), 4);
    assert_eq!(counters(&cache, "named").key_too_long, 0);
    let shown = cache.explain(&entry!(named(&names[0]))).to_string();
    assert!(!shown.contains('日'), "arguments are not shown: {shown}");
}

#[tokio::test]
async fn a_key_that_is_too_long_is_told_once_with_the_policy_and_what_to_do() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    let log = logged(async {
        for _ in 0..3 {
            named(&loads, &"日".repeat(340)).await;
        }
    })
    .await;
    let told: Vec<_> = log.lines().filter(|line| line.contains("longer than 1 KiB")).collect();
    assert_eq!(told.len(), 1, "{log}");
    for part in ["`named:<name>`", "not cached", "digest"] {
        assert!(told[0].contains(part), "{part}: {log}");
    }
    assert!(log.contains("bounds::named") && !log.contains('日'), "{log}");
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
    assert!(cache.explain(long()).to_string().contains("longer than 1 KiB"));
}

#[cached(key = "large:<id>", ttl = "1h")]
async fn large(loads: &Loads, id: u64) -> std::sync::Arc<String> {
    loads.next();
    std::sync::Arc::new("x".repeat(7 << 20))
}

#[cached(key = "here:<id>", ttl = "1h", tier = "local")]
async fn here(loads: &Loads, id: u64) -> std::sync::Arc<String> {
    loads.next();
    std::sync::Arc::new("x".repeat(7 << 20))
}

#[tokio::test]
async fn two_large_values_that_fit_together_are_both_hit() {
    for mebibytes in [16, 31, 32, 64, 300] {
        let (cache, loads) = (with_bytes(mebibytes << 20), Loads::default());
        for id in [1, 2, 1, 2] {
            large(&loads, id).await;
        }
        assert_eq!(loads.total(), 2, "{mebibytes} MiB");
        assert_eq!(cache.snapshot().evictions, 0);
    }
}

#[tokio::test]
async fn without_a_setting_the_bytes_are_limited_too() {
    let (cache, loads) = (testing::isolate(), Loads::default());
    for id in 0..50 {
        large(&loads, id).await;
        here(&loads, id).await;
    }
    let snapshot = cache.snapshot();
    assert!(snapshot.bytes <= 256 << 20, "{} bytes", snapshot.bytes);
    assert!(snapshot.entries * (7 << 20) <= 256 << 20, "{} entries", snapshot.entries);
    assert!(snapshot.entries > 10, "{} entries", snapshot.entries);
}
