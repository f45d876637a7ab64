//! A server that is killed, stopped, restarted, or not there from the start.

use std::time::Instant;

use cache_runtime::testing;

use super::*;

/// Holds what calls see of a server that is away against what they may. `first` are the calls that notice.
async fn check_latency(cache: &IsolatedCache, first: Vec<Duration>) {
    let slowest = first.iter().max().copied().unwrap_or_default();
    let before = of(cache, "read");
    let later = median(reads(cache, 100).await);
    println!("first calls: {slowest:?} at most; later ones: {later:?} (median)");
    assert!(slowest <= BUDGET + DELAYED, "{first:?}");
    assert!(later < MS, "{later:?}");

    let health = health(cache);
    assert!(!health.reachable && !health.watching, "{health}");
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
        let before = health(&cache).losses;

        site.server.kill();
        let first = reads(&cache, 10).await;
        check_latency(&cache, first).await;
        assert_eq!(health(&cache).losses - before, 1);
        let shown = cache.snapshot().to_string();
        assert!(shown.contains("server away, copies not kept"), "{shown}");

        site.server.restart();
        println!("recovered {:?} after the restart", recovered(&cache).await);
        kept(&cache, id).await;
    }
}

#[tokio::test]
async fn a_stopped_server_costs_its_first_callers_their_budget() {
    for site in Site::each() {
        let cache = site.impatient().await;
        kept(&cache, another_id()).await;
        let before = health(&cache);

        site.server.freeze();
        let mut first = Vec::new();
        // Several at a time, as in a service.
        while health(&cache).reachable {
            let (one, two) = tokio::join!(reads(&cache, 1), reads(&cache, 1));
            first.extend([one, two].concat());
        }
        println!("{} calls noticed it", first.len());
        check_latency(&cache, first).await;
        let after = health(&cache);
        assert!(after.timeouts > before.timeouts && after.losses > before.losses, "{after}");

        site.server.thaw();
        println!("recovered {:?} after it went on", recovered(&cache).await);
    }
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_found_when_it_comes() {
    for mut site in Site::each() {
        site.server.kill();
        let cache = Cache::builder().url(site.server.url()).build().await.unwrap();
        let cache = testing::isolate_on(cache);
        check_latency(&cache, Vec::new()).await;
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
        check_latency(&cache, Vec::new()).await;
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
