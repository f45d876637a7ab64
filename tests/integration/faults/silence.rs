//! What keeps a policy from storing anything is told in the log and in the cache's health, once for many times.

use cache_runtime::{Fault, Trouble, entry, transaction};

use super::*;
use crate::support::log::logged;

#[cached(key = "large:<id>", ttl = "1h")]
async fn large(id: u64) -> String {
    "x".repeat(1_000) + &id.to_string()
}

/// What the cache's health says of a policy.
fn troubles(cache: &Cache, name: &str) -> Vec<(Trouble, u64)> {
    let troubles = cache.health().troubles.into_iter().filter(|trouble| trouble.name == name);
    troubles.map(|trouble| (trouble.trouble, trouble.times)).collect()
}

#[tokio::test]
async fn a_store_that_refuses_is_told_once_with_the_policy_the_cause_and_the_cure() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    cache.scope(read(&rows, 1)).await;
    assert!(cache.health().is_healthy(), "{}", cache.health());
    store.set(Mode::Refuses);
    let log = logged(async {
        for id in 2..7 {
            cache.scope(read(&rows, id)).await;
        }
    })
    .await;
    assert_eq!(log.matches("trouble=unavailable").count(), 1, "{log}");
    for part in ["faults::read", "is not stored", "`response_timeout`"] {
        assert!(log.contains(part), "{part}: {log}");
    }
    let health = cache.health();
    assert!(!health.is_healthy(), "{health}");
    assert_eq!(troubles(&cache, "read"), [(Trouble::Unavailable, 5)]);
    let json = serde_json::to_value(&health).unwrap();
    assert_eq!(json["remote"]["state"], "away");
    assert_eq!(json["troubles"][0]["trouble"], "unavailable");
    assert_eq!(json["troubles"][0]["times"], 5);
    store.set(Mode::Answers);
    let shared = cache.health().remote.unwrap();
    assert!(shared.is_healthy(), "{shared}");
    assert!(!cache.health().is_healthy(), "it was a moment ago");
}

#[tokio::test]
async fn what_is_advised_is_of_the_last_time_although_the_log_was_told_of_the_first() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    let log = logged(async {
        for (id, fault) in [(1, Fault::ConnectionRefused), (2, Fault::NoAnswer), (3, Fault::Lost)] {
            store.set(Mode::Away(fault));
            cache.scope(read(&rows, id)).await;
            let [trouble] = <[_; 1]>::try_from(cache.health().troubles).unwrap();
            let advised = (trouble.advice.contains(&fault.to_string()), trouble.times);
            assert_eq!(advised, (true, id), "{fault:?}: {}", trouble.advice);
        }
    })
    .await;
    assert_eq!(log.matches("trouble=unavailable").count(), 1, "{log}");
}

#[tokio::test]
async fn a_value_that_is_too_large_is_told_by_the_limit_that_it_exceeds() {
    let (shared, _) = Site::new().process_with(|builder| builder.max_value(100)).await;
    let local = testing::isolate_with(|builder| builder.max_bytes(500));
    for (cache, limit) in [(&shared, "`max_value` of 100 bytes"), (&local, "`max_bytes`")] {
        let log = logged(async {
            for id in 0..3 {
                cache.scope(large(id)).await;
            }
        })
        .await;
        assert_eq!(log.matches("trouble=too_large").count(), 1, "{log}");
        assert!(log.contains("faults::silence::large") && log.contains(limit), "{log}");
        assert_eq!(troubles(cache, "large"), [(Trouble::TooLarge, 3)]);
    }
}

#[cached(key = "large:<id>", ttl = "1h", strategy = "write_through", value = text)]
async fn save_large(id: u64, text: String) -> Result<(), String> {
    let _ = (id, text);
    Ok(())
}

fn no_time(_: u64) -> Duration {
    Duration::ZERO
}

#[cached(key = "brief:<id>", ttl = no_time(id), strategy = "write_through", value = text)]
async fn save_brief(id: u64, text: String) -> Result<(), String> {
    let _ = (id, text);
    Ok(())
}

#[cached(key = "long:<name>", ttl = "1h")]
async fn long(name: &str) -> usize {
    name.len()
}

#[cached(key = "long:<name>", ttl = "1h", strategy = "write_through", value = len)]
async fn save_long(name: &str, len: usize) -> Result<(), String> {
    let _ = (name, len);
    Ok(())
}

#[tokio::test]
async fn what_a_writer_leaves_and_is_not_stored_is_told() {
    let (shared, _) = Site::new().process_with(|builder| builder.max_value(100)).await;
    let local = testing::isolate_with(|builder| builder.max_bytes(500));
    for cache in [&shared, &local] {
        let log = logged(cache.scope(async {
            for id in 0..3 {
                save_large(id, "x".repeat(1_000)).await.unwrap();
                save_brief(id, "x".to_owned()).await.unwrap();
                save_long(&"x".repeat(2_000), 2_000).await.unwrap();
            }
        }))
        .await;
        for (name, trouble) in [
            ("save_large", Trouble::TooLarge),
            ("save_brief", Trouble::ZeroTtl),
            ("save_long", Trouble::KeyTooLong),
        ] {
            assert_eq!(log.matches(&format!("trouble={trouble}")).count(), 1, "{log}");
            assert_eq!(troubles(cache, name), [(trouble, 3)]);
        }
        assert_eq!(of(cache, "save_large").refused.too_large, 3);
        assert_eq!(of(cache, "save_brief").refused.zero_ttl, 3);
        assert_eq!(of(cache, "save_long").key_too_long, 3);
    }
}

#[cached(key = "lasting:<id>", ttl = |value: &u64| Duration::from_secs(60 / value))]
async fn lasting(id: u64) -> u64 {
    id
}

#[cached(key = "sifted:<id>", ttl = "1h", store_if = |value: &u64| 60 / value > 1)]
async fn sifted(id: u64) -> u64 {
    id
}

#[cached(key = "sifted:<id>", ttl = "1h", store_if = |value: &u64| 60 / value > 1, strategy = "write_through", value = value)]
async fn save_sifted(id: u64, value: u64) -> Result<(), String> {
    let _ = (id, value);
    Ok(())
}

#[tokio::test]
async fn a_closure_that_panics_costs_no_call_its_value_and_is_told() {
    let (shared, _) = Site::new().process().await;
    let local = testing::isolate();
    for cache in [&shared, &local] {
        let log = logged(cache.scope(async {
            for id in [0, 1, 0] {
                assert_eq!((lasting(id).await, sifted(id).await), (id, id));
                save_sifted(7, id).await.unwrap();
            }
        }))
        .await;
        assert_eq!(log.matches("trouble=panicked").count(), 3, "{log}");
        for name in ["lasting", "sifted", "save_sifted"] {
            assert_eq!(troubles(cache, name), [(Trouble::Panicked, 2)]);
            let counted = of(cache, name);
            assert_eq!((counted.refused.panicked, counted.refused.total()), (2, 2), "{counted:?}");
            assert_eq!((counted.load_panics, counted.fills + counted.writes_through), (0, 1));
        }
    }
}

#[tokio::test]
async fn what_is_put_and_not_stored_is_told_to_the_caller_and_to_the_operator() {
    let (shared, _) = Site::new().process_with(|builder| builder.max_value(100)).await;
    let local = testing::isolate_with(|builder| builder.max_bytes(500));
    for cache in [&shared, &local] {
        let large_one = "x".repeat(1_000);
        assert_eq!(cache.scope(long("short")).await, 5);
        let put = async |transaction: bool| {
            let large = cache.put(entry!(large(7)), large_one.clone()).await;
            let long = cache.put(entry!(long(&"x".repeat(2_000))), 7).await;
            if transaction {
                return;
            }
            assert!(large.unwrap_err().is_value() && long.unwrap_err().is_value());
        };
        cache.scope(put(false)).await;
        let committed = cache.scope(transaction(async {
            put(true).await;
            Ok::<_, String>(())
        }));
        committed.await.unwrap();
        assert_eq!(troubles(cache, "large"), [(Trouble::TooLarge, 2)]);
        assert_eq!(troubles(cache, "long"), [(Trouble::KeyTooLong, 2)]);
        assert!(!cache.health().is_healthy());
    }
}
