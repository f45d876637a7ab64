//! `sliding`: each hit renews the ttl, and the value ends all the same.

use std::time::Duration;

use cache_runtime::{cached, invalidate};

use crate::support::fleet::Fleet;
use crate::support::source::Source;

const HOUR: Duration = Duration::from_hours(1);

#[cached(key = "sliding:<id>", ttl = "10h", sliding = "25h")]
async fn sliding(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "session:<id>", ttl = "1h", sliding = "30d", tags = ["sessions"])]
async fn session(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[tokio::test]
async fn what_is_asked_for_stays_and_what_is_not_goes() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, sliding(&source, 1)).await;
        fleet.call(0, sliding(&source, 2)).await;
        for _ in 0..2 {
            fleet.pass(8 * HOUR).await;
            assert_eq!(fleet.call(0, sliding(&source, 1)).await.1, "hit");
            fleet.idle().await;
        }
        assert_eq!(fleet.call(1, sliding(&source, 2)).await.1, "miss");
        assert_eq!(fleet.call(1, sliding(&source, 1)).await.1, "hit", "in every process");
        assert_eq!(source.loads(), 3);
    }
}

#[tokio::test]
async fn no_hit_renews_the_ttl_beyond_the_end() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, sliding(&source, 1)).await;
        for hour in (6..25).step_by(6) {
            fleet.pass(6 * HOUR).await;
            assert_eq!(fleet.call(0, sliding(&source, 1)).await.1, "hit", "after {hour} h");
            fleet.idle().await;
        }
        fleet.pass(HOUR).await;
        assert_eq!(fleet.call(0, sliding(&source, 1)).await.1, "miss", "after 25 h");
    }
}

#[tokio::test]
async fn a_ttl_is_renewed_once_in_a_tenth_of_it_at_most() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, sliding(&source, 1)).await;
        fleet.call(0, sliding(&source, 1)).await;
        fleet.idle().await;
        let before = fleet.count("sliding", |policy| policy.renewals);
        for _ in 0..100 {
            fleet.call(0, sliding(&source, 1)).await;
        }
        fleet.pass(30 * Duration::from_mins(1)).await;
        for _ in 0..100 {
            fleet.call(0, sliding(&source, 1)).await;
        }
        fleet.idle().await;
        assert!(fleet.count("sliding", |policy| policy.renewals) - before <= 1);
        fleet.pass(HOUR).await;
        for _ in 0..100 {
            fleet.call(0, sliding(&source, 1)).await;
        }
        fleet.idle().await;
        let renewals = fleet.count("sliding", |policy| policy.renewals) - before;
        assert!((1..=2).contains(&renewals), "{renewals} in an hour and a half");
    }
}

#[tokio::test]
async fn a_hit_after_an_invalidation_stretches_nothing() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, sliding(&source, 1)).await;
        fleet.pass(2 * HOUR).await;
        fleet.call(0, sliding(&source, 1)).await;
        source.set(1, 2);
        fleet.run(1, async { invalidate!(sliding(1)).await }).await.unwrap();
        fleet.idle().await;
        assert_eq!(fleet.call(0, sliding(&source, 1)).await, (2, "miss".to_owned()));
    }
}

#[tokio::test]
async fn the_versions_of_tags_stay_as_long_as_the_entry_may() {
    for fleet in Fleet::shared().await {
        let source = Source::default();
        fleet.call(0, session(&source, 1)).await;
        if let Fleet::Server(_, server) = &fleet {
            let mut connection = server.connection().await;
            loop {
                let name: Vec<Vec<u8>> = redis::cmd("KEYS")
                    .arg("*:sessions")
                    .query_async(&mut connection)
                    .await
                    .unwrap();
                let [name] = &name[..] else { panic!("{name:?}") };
                let left: i64 =
                    redis::cmd("TTL").arg(name).query_async(&mut connection).await.unwrap();
                // It is lengthened after the call was answered.
                if left > 30 * 24 * 3_600 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}
