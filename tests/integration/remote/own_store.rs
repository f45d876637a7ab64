//! A store of the caller's own in the place of a server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::{InMemory, Store};
use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Cache, Result, cached, entry, invalidates, traced, transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{another_id, of};
use crate::support::store::{Faulty, Mode};

async fn process(store: &Arc<Faulty>) -> IsolatedCache {
    let builder = Cache::builder().store(Arc::clone(store) as Arc<dyn Store>);
    // More than a busy machine needs.
    let builder = builder.response_timeout(Duration::from_secs(5));
    testing::isolate_on(builder.build().await.expect("it takes any store"))
}

#[cached(key = "own-store:<id>", ttl = "1h", tags = ["own-store:<id>"], skip(value))]
async fn get(id: u64, value: u64) -> u64 {
    value
}

#[invalidates(get(id))]
async fn change(id: u64) -> Result<()> {
    let _ = id;
    Ok(())
}

#[tokio::test]
async fn two_caches_on_one_store_share_its_values_and_what_ends_them() {
    let store = Faulty::new(&Arc::new(InMemory::new(1_000)));
    let (one, two) = (process(&store).await, process(&store).await);
    let id = another_id();

    assert_eq!(one.scope(get(id, 1)).await, 1);
    assert_eq!(store.calls(), BTreeMap::from([("acquire", 1), ("fill", 1), ("read", 1)]));
    for (cache, hits) in [(&one, 1), (&two, 1), (&one, 2), (&two, 2)] {
        assert_eq!(cache.scope(get(id, 2)).await, 1);
        // It tells nobody of changes, so that nobody keeps copies.
        assert_eq!(
            (store.calls(), of(cache, "get").remote_hits),
            (BTreeMap::from([("read", 1)]), hits)
        );
    }
    assert_eq!((of(&one, "get").loads, of(&two, "get").loads), (1, 0));

    two.scope(change(id)).await.expect("the store is there");
    assert_eq!(store.calls(), BTreeMap::from([("begin", 1), ("commit", 1)]));
    assert_eq!((one.scope(get(id, 3)).await, two.scope(get(id, 4)).await), (3, 3));

    one.invalidate_tag(&format!("own-store:{id}")).await.expect("the store is there");
    assert_eq!((two.scope(get(id, 5)).await, one.scope(get(id, 6)).await), (5, 5));

    one.clear().await.expect("the store is there");
    assert_eq!((two.scope(get(id, 7)).await, one.scope(get(id, 8)).await), (7, 7));
}

trait Number: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    const NAME: &'static str;
}

impl Number for u64 {
    const NAME: &'static str = "u64";
}

impl Number for u32 {
    const NAME: &'static str = "u32";
}

#[cached(key = "numbers:<T::NAME>:<id>", ttl = "1h", skip(value))]
async fn numbers<T: Number>(id: u64, value: T) -> Vec<T> {
    vec![value]
}

/// Whose instantiations share their keys.
#[cached(key = "same-numbers:<id>", ttl = "1h", skip(T, value))]
async fn same_numbers<T: Number>(id: u64, value: T) -> Vec<T> {
    vec![value]
}

#[tokio::test]
async fn processes_that_call_instantiations_in_another_order_read_each_others_values() {
    let store = Faulty::new(&Arc::new(InMemory::new(1_000)));
    let (one, two) = (process(&store).await, process(&store).await);
    let id = another_id();
    one.scope(numbers(id, 1_u64)).await;
    two.scope(numbers(id, 2_u32)).await;
    let (found, outcome) = two.scope(traced(numbers(id, 7_u64))).await;
    assert_eq!((found, outcome.is_hit()), (vec![1], true), "{}", outcome.reason());
    let (found, outcome) = one.scope(traced(numbers(id, 7_u32))).await;
    assert_eq!((found, outcome.is_hit()), (vec![2], true), "{}", outcome.reason());
}

#[tokio::test]
async fn a_value_of_one_instantiation_is_not_decoded_as_that_of_another() {
    let store = Faulty::new(&Arc::new(InMemory::new(1_000)));
    let one = process(&store).await;
    let id = another_id();
    one.scope(same_numbers(id, 1_u64)).await;
    assert_eq!(one.scope(same_numbers(id, 2_u32)).await, [2], "what looks alike is another type");
    assert_eq!(one.scope(same_numbers(id, 3_u64)).await, [1], "the first is still there");
}

#[invalidates(tags = ["own-store:<id>"])]
async fn change_by_tag(id: u64) -> Result<()> {
    let _ = id;
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_slow_to_end_an_entry_is_not_asked_for_it_meanwhile() {
    const PATIENCE: Duration = Duration::from_millis(200);
    for way in 0..6 {
        let store = Faulty::new(&Arc::new(InMemory::new(1_000)));
        let own = Arc::clone(&store) as Arc<dyn Store>;
        let cache = Cache::builder().store(own).response_timeout(PATIENCE).build().await;
        let cache = testing::isolate_on(cache.expect("it takes any store"));
        let (id, gate) = (another_id(), Gate::new());
        while of(&cache, "get").fills == 0 {
            // On a busy machine the store may seem to be late.
            cache.scope(get(id, 1)).await;
        }
        let hold = || store.set(Mode::HeldEnds(gate.clone()));
        if way < 5 {
            hold();
        }
        let told = match way {
            0 => cache.scope(change(id)).await,
            1 => cache.scope(change_by_tag(id)).await,
            2 => cache.invalidate_tag(&format!("own-store:{id}")).await,
            3 => cache.clear().await,
            4 => cache.scope(async { cache.invalidate(entry!(get(id))).await }).await,
            _ => {
                let said = transaction(async {
                    cache.invalidate_pattern(&format!("own-store:{id}")).await?;
                    // Another call stores the old value once more, before the commit.
                    tokio::spawn(cache.scope(get(id, 1))).await.expect("it does not panic");
                    hold();
                    Ok(())
                });
                cache.scope(said).await
            }
        };
        if way < 2 {
            told.expect("the row was written");
        }
        for _ in 0..3 {
            assert_eq!(cache.scope(get(id, 2)).await, 2, "{way}: the store still has 1");
        }
        gate.open();
        store.set(Mode::Answers);
        cache.shutdown(Duration::from_secs(30)).await.expect("the store answers");
        let start = std::time::Instant::now();
        while of(&cache, "get").remote_hits == 0 {
            assert_eq!(cache.scope(get(id, 2)).await, 2, "{way}");
            assert!(start.elapsed() < Duration::from_secs(30), "{way}: nothing is stored");
        }
    }
}

#[tokio::test]
async fn a_store_and_the_url_of_one_are_one_too_many() {
    let builder =
        Cache::builder().url("memory://").store(Faulty::new(&Arc::new(InMemory::new(1_000))));
    let error = builder.build().await.expect_err("which of them");
    assert!(error.is_config() && error.to_string().contains("not both"), "{error}");
}
