//! Settings that mean something only where a tier is shared.

use std::time::{Duration, Instant};

use cache_runtime::cached;

use super::{Site, another_id, kept_for, of, until_it_answers};

const HOUR: Duration = Duration::from_hours(1);

/// Longer than a busy machine holds a call up for, and shorter than what is to outlast it.
const COPIED: Duration = Duration::from_secs(1);

#[cached(key = "set-spread:<id>", ttl = "1h")]
async fn spread(id: u64) -> u64 {
    id
}

#[cached(key = "set-exact:<id>", ttl = |_: &u64| HOUR)]
async fn exact(id: u64) -> u64 {
    id
}

#[cached(key = "set-text:<id>", ttl = "1h", tier = "remote", skip(length))]
async fn text(id: u64, length: usize) -> String {
    "x".repeat(length)
}

#[cached(key = "set-brief:<id>", ttl = "1h", local_ttl = "1s")]
async fn brief(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn what_is_stored_together_does_not_end_together_unless_its_ttl_is_computed() {
    for site in Site::each() {
        let cache = site.process().await;
        let start = Instant::now();
        let (mut spreads, mut exacts) = (Vec::new(), Vec::new());
        for id in (0..30).map(|_| another_id()) {
            cache.scope(spread(id)).await;
            cache.scope(exact(id)).await;
            let left = async |name| site.lifetime(&format!("cache:v:{name}:{id}")).await;
            spreads.push(left("set-spread").await.expect("it is stored"));
            exacts.push(left("set-exact").await.expect("it is stored"));
        }
        let passed = start.elapsed();

        let (least, most) = (spreads.iter().min().unwrap(), spreads.iter().max().unwrap());
        assert!(*least + passed >= HOUR * 9 / 10 && *most <= HOUR, "{spreads:?}");
        // That all are in one third of that time happens once in a million million runs.
        assert!(*most > *least + HOUR / 30, "{spreads:?}");
        assert!(exacts.iter().all(|time| *time + passed >= HOUR && *time <= HOUR), "{exacts:?}");
    }
}

#[tokio::test]
async fn a_value_larger_than_the_shared_tier_takes_is_counted_and_not_stored() {
    for site in Site::each() {
        let usual = site.process().await;
        let small = site.process_with(|builder| builder.max_value(1_000)).await;
        for (cache, most) in [(&usual, 1 << 20), (&small, 1_000)] {
            // Before each value there is a little of the cache's own.
            let (fits, too_large) = (most - 100, most);
            let id = another_id();
            let name = format!("cache:r:set-text:{id}");
            for loads in 1..=2 {
                assert_eq!(cache.scope(text(id, too_large)).await.len(), too_large);
                let counted = of(cache, "text");
                assert_eq!((counted.loads, counted.refused.too_large), (loads, loads), "{fits}");
                // Its lease ends in the background.
                until_it_answers(&None, || site.lifetime(&name)).await;
            }
            for _ in 0..2 {
                assert_eq!(cache.scope(text(id, fits)).await.len(), fits);
            }
            let counted = of(cache, "text");
            assert_eq!((counted.fills, counted.remote_hits), (1, 1), "{fits}: {counted:?}");
            assert_eq!(counted.refused.too_large, 2, "{fits}");
            assert!(site.lifetime(&name).await.is_some());
        }
    }
}

#[tokio::test]
async fn a_copy_is_used_as_long_as_its_attribute_says_and_then_the_server_is_asked() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        one.scope(brief(id)).await;
        one.scope(spread(id)).await;
        until_it_answers(&true, || async {
            two.scope(spread(id)).await;
            of(&two, "spread").hits > 0
        })
        .await;
        let lasting = of(&two, "spread").remote_hits;

        kept_for(COPIED, &two, "brief", || two.scope(brief(id))).await;
        let counted = of(&two, "brief");
        assert!(counted.remote_hits >= 2, "the server was asked again: {counted:?}");
        assert_eq!((counted.loads, counted.misses), (0, 0), "its entry is still there");

        two.scope(spread(id)).await;
        assert_eq!(of(&two, "spread").remote_hits, lasting, "another's copy is still used");
    }
}
