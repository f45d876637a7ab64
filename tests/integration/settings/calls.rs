//! `bypass`, `refresh` and `traced`: what holds for the calls inside of one future.

use cache_runtime::testing::{self, Gate};
use cache_runtime::{bypass, cached, invalidates, refresh, traced};

use super::{HIT, Loads, STORED, reason};
use crate::support::counters;
use crate::support::source::Source;
use crate::support::subject::row;

#[cached(key = "number:<id>", ttl = "1h")]
async fn number(loads: &Loads, id: u64) -> u64 {
    loads.next()
}

#[cached(key = "outer:<id>", ttl = "1h")]
async fn outer(loads: &Loads, id: u64) -> u64 {
    number(loads, id).await
}

#[cached(key = "failing:<id>", ttl = "1h", skip(fail))]
async fn failing(loads: &Loads, id: u64, fail: bool) -> Result<u64, &'static str> {
    let load = loads.next();
    if fail { Err("down") } else { Ok(load) }
}

#[invalidates(number(id))]
async fn write(id: u64) {
    let _ = id;
}

#[tokio::test]
async fn bypass_neither_looks_up_nor_stores() {
    let cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!(number(&loads, 1).await, 1);
    assert_eq!(bypass(number(&loads, 1)).await, 2);
    assert_eq!(number(&loads, 1).await, 1);
    assert_eq!(bypass(number(&loads, 2)).await, 3);
    assert_eq!(number(&loads, 2).await, 4);
    assert_eq!(counters(&cache, "number").bypasses, 2);
    assert_eq!(reason(bypass(number(&loads, 1))).await, "bypassed by the call");
}

#[tokio::test]
async fn bypass_covers_the_calls_inside_and_ends_with_the_future() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!(outer(&loads, 1).await, 1);
    assert_eq!(bypass(outer(&loads, 1)).await, 2);
    assert_eq!(bypass(refresh(number(&loads, 1))).await, 3, "the inner scope counts");
    assert_eq!((outer(&loads, 1).await, number(&loads, 1).await), (1, 3));
}

#[tokio::test]
async fn an_invalidation_inside_of_a_bypass_takes_effect() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    number(&loads, 1).await;
    bypass(write(1)).await;
    assert_eq!(number(&loads, 1).await, 2);
}

#[tokio::test]
async fn refresh_loads_and_stores_while_others_keep_the_old_value() {
    let _cache = testing::isolate();
    let source = Source::default();
    assert_eq!(row(&source, 1).await, 0);
    source.set(1, 5);
    let gate = source.slow_down_next();
    let refreshing = tokio::spawn({
        let source = source.clone();
        async move { refresh(row(&source, 1)).await }
    });
    gate.arrived(1).await;
    assert_eq!(row(&source, 1).await, 0);
    gate.open();
    assert_eq!(refreshing.await.expect("it does not panic"), 5);
    assert_eq!(row(&source, 1).await, 5);
    assert_eq!(source.loads(), 2);
}

#[tokio::test]
async fn refresh_does_not_join_or_lose_to_a_load_that_is_under_way() {
    let _cache = testing::isolate();
    let source = Source::default();
    let gate = source.slow_down_next();
    let slow = tokio::spawn({
        let source = source.clone();
        async move { row(&source, 1).await }
    });
    gate.arrived(1).await;
    source.set(1, 5);
    assert_eq!(refresh(row(&source, 1)).await, 5);
    gate.open();
    assert_eq!(slow.await.expect("it does not panic"), 0);
    assert_eq!(row(&source, 1).await, 5);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_old_value() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!(failing(&loads, 1, false).await, Ok(1));
    assert_eq!(refresh(failing(&loads, 1, true)).await, Err("down"));
    assert_eq!(failing(&loads, 1, false).await, Ok(1));
    assert_eq!(refresh(failing(&loads, 1, false)).await, Ok(3));
    assert_eq!(failing(&loads, 1, true).await, Ok(3));
}

#[tokio::test]
async fn traced_tells_what_is_farthest_from_a_hit_and_nests() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    let ((), none) = traced(std::future::ready(())).await;
    assert_eq!((none.to_string(), none.is_hit()), ("none".to_owned(), false));
    assert_eq!(reason(number(&loads, 1)).await, STORED);
    assert_eq!(reason(number(&loads, 1)).await, HIT);
    let both = async {
        let (_, inner) = traced(number(&loads, 1)).await;
        assert!(inner.is_hit());
        let (_, inner) = traced(number(&loads, 2)).await;
        assert!(inner.is_miss());
        number(&loads, 1).await;
    };
    let ((), seen) = traced(both).await;
    assert_eq!((seen.to_string(), seen.reason()), ("miss".to_owned(), STORED));
    let (_, seen) = traced(bypass(number(&loads, 1))).await;
    assert_eq!((seen.to_string(), seen.is_bypass()), ("bypass".to_owned(), true));
    assert!(!seen.is_stale());
}

#[tokio::test]
async fn traces_of_tasks_that_run_by_turns_do_not_mix() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    number(&loads, 1).await;
    let gate = Gate::new();
    let hit = traced(async {
        gate.pass().await;
        number(&loads, 1).await;
        gate.pass().await;
    });
    let miss = traced(async {
        gate.arrived(1).await;
        number(&loads, 2).await;
        gate.let_one_through();
        gate.arrived(2).await;
        bypass(number(&loads, 1)).await;
        gate.let_one_through();
    });
    let (((), hit), ((), other)) = tokio::join!(hit, miss);
    assert!(hit.is_hit(), "{hit}");
    assert!(other.is_bypass(), "{other}");
}
