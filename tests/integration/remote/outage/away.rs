//! A server that is killed, stopped, restarted, or not there from the start.

use std::time::Instant;

use cache_runtime::testing;

use super::*;

/// What may pass between a call's start and its end that waits for nothing.
const NOTHING: Duration = Duration::from_millis(10);

/// Tells whether no call took longer than it may in the last of several rounds, of whose slowest calls this is told. A busy
/// machine may spoil a round, but not ten.
fn in_time(slowest: &[Duration], most: Duration) -> bool {
    let is_in_time = slowest.last().is_some_and(|slowest| *slowest <= most);
    assert!(is_in_time || slowest.len() < 10, "the slowest call of each round: {slowest:?}");
    is_in_time
}

/// Holds what calls see of a server that is known to be away against what they may.
async fn check_later_calls(cache: &IsolatedCache) {
    let before = of(cache, "read");
    let later = median(reads(cache, 100).await);
    println!("later calls: {later:?} (median)");
    assert!(later < MS, "{later:?}");

    let health = health(cache);
    assert!(health.state == RemoteState::Away && !health.tracking, "{health}");
    let after = of(cache, "read");
    assert_eq!(after.loads - before.loads, 200, "each call loads");
    assert_eq!(after.refused.unavailable - before.refused.unavailable, 200, "none is stored");
    assert_eq!(after.hits, before.hits);
}

#[tokio::test]
async fn a_killed_server_costs_its_callers_nothing_and_is_found_again() {
    for mut site in Site::each() {
        let cache = site.impatient().await;
        let id = another_id();
        kept(&cache, id).await;

        let mut slowest = Vec::new();
        while !in_time(&slowest, NOTHING) {
            let before = health(&cache).losses;
            site.server.kill();
            slowest.extend(reads(&cache, 10).await.into_iter().max());
            check_later_calls(&cache).await;
            assert_eq!(health(&cache).losses - before, 1);
            let shown = cache.snapshot().to_string();
            assert!(shown.contains("server away, copies not kept"), "{shown}");

            site.server.restart();
            println!("recovered {:?} after the restart", recovered(&cache).await);
            kept(&cache, id).await;
        }
        println!("first calls: {slowest:?} at most");
    }
}

#[tokio::test]
async fn a_stopped_server_costs_its_first_callers_their_budget_and_no_more() {
    for site in Site::each() {
        let cache = site.impatient().await;
        kept(&cache, another_id()).await;

        let mut slowest = Vec::new();
        while !in_time(&slowest, BUDGET + 10 * MS) {
            let before = health(&cache);
            site.server.freeze();
            let mut first = Vec::new();
            // Several at a time, as in a service.
            while !is_away(&cache) {
                let (one, two) = tokio::join!(reads(&cache, 1), reads(&cache, 1));
                first.extend([one, two].concat());
            }
            println!("{} calls noticed it", first.len());
            slowest.extend(first.into_iter().max());
            check_later_calls(&cache).await;
            let after = health(&cache);
            assert!(after.timeouts > before.timeouts && after.losses > before.losses, "{after}");

            site.server.thaw();
            println!("recovered {:?} after it went on", recovered(&cache).await);
        }
        println!("first calls: {slowest:?} at most");
    }
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_found_when_it_comes() {
    for mut site in Site::each() {
        site.server.kill();
        let cache = Cache::builder().url(site.server.url()).build().await.unwrap();
        let cache = testing::isolate_on(cache);
        check_later_calls(&cache).await;
        site.server.restart();
        println!("found {:?} after its start", recovered(&cache).await);
    }
}

#[tokio::test]
async fn a_server_that_is_stopped_at_the_start_holds_nobody_up() {
    for site in Site::each() {
        site.server.freeze();
        let start = Instant::now();
        let cache = Cache::builder().url(site.server.url()).build().await.unwrap();
        let took = start.elapsed();
        assert!(took <= 300 * MS + DELAYED, "{took:?}");
        let cache = testing::isolate_on(cache);
        check_later_calls(&cache).await;
        site.server.thaw();
        println!("found {:?} after it went on", recovered(&cache).await);
    }
}

#[tokio::test]
async fn a_server_that_comes_back_empty_is_filled_again_and_nobody_sees_what_was() {
    for mut site in Site::each() {
        let (one, two) = (site.impatient().await, site.impatient().await);
        let id = another_id();
        set_row(id, 1);
        kept(&one, id).await;
        kept(&two, id).await;
        for value in 2..5 {
            // At once: perhaps neither has noticed the end when the next one is there.
            site.server.restart();
            one.scope(write(id, value)).await.unwrap();
            assert_eq!(one.scope(read(id)).await, value, "read your writes");
            recovered(&one).await;
            recovered(&two).await;
            until_it_answers(&value, || two.scope(read(id))).await;
            kept(&one, id).await;
            kept(&two, id).await;
        }
        let health = health(&two);
        assert!(health.losses >= 3, "{health}");
    }
}
