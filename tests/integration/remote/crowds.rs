//! Many callers of one process want one key at the same time, and there is something under it already.

use std::time::Duration;

use cache_runtime::testing::{Gate, IsolatedCache};
use cache_runtime::{cached, entry, invalidates};
use tokio::task::JoinHandle;

use super::{PUSHED, Site, another_id, of};
use crate::support::source::Source;

/// Long enough for a report of the server's on a busy machine.
const WHILE: Duration = Duration::from_millis(50);

#[cached(key = "crowd:<id>", ttl = "1h", tags = ["crowd:<id>"], skip(gate))]
async fn load(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

/// Has so many tasks call it.
fn crowd(cache: &IsolatedCache, id: u64, gate: &Gate, tasks: usize) -> Vec<JoinHandle<u64>> {
    let call = || {
        let gate = gate.clone();
        tokio::spawn(cache.scope(async move { load(id, &gate).await }))
    };
    std::iter::repeat_with(call).take(tasks).collect()
}

async fn answered(calls: impl IntoIterator<Item = JoinHandle<u64>>, id: u64) {
    for call in calls {
        assert_eq!(call.await.unwrap(), id);
    }
}

/// How a value ends that stays where it is.
#[derive(Clone, Copy, Debug)]
enum End {
    Tag,
    Clear,
    MarkedStale,
}

impl End {
    async fn of(self, cache: &IsolatedCache, id: u64) {
        match self {
            Self::Tag => cache.invalidate_tag(&format!("crowd:{id}")).await.unwrap(),
            Self::Clear => cache.clear().await.unwrap(),
            Self::MarkedStale => {
                let entry = cache.scope(async { entry!(load(id)) }).await;
                cache.mark_stale(entry).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_value_that_has_ended_is_loaded_once_however_many_come() {
    for site in Site::each() {
        let cache = site.process().await;
        for end in [End::Tag, End::Clear, End::MarkedStale] {
            let (id, gate, open) = (another_id(), Gate::new(), Gate::new());
            open.open();
            answered(crowd(&cache, id, &open, 1), id).await;
            end.of(&cache, id).await;
            tokio::time::sleep(WHILE).await;

            let before = of(&cache, "load").loads;
            let first = crowd(&cache, id, &gate, 100);
            gate.arrived(1).await;
            // The late ones know that something has happened to the key: the lease of the load that they are to join.
            tokio::time::sleep(WHILE).await;
            let late = crowd(&cache, id, &gate, 100);
            tokio::time::sleep(WHILE).await;
            gate.open();
            answered(first.into_iter().chain(late), id).await;
            assert_eq!(of(&cache, "load").loads - before, 1, "{end:?}: {}", cache.snapshot());
        }
    }
}

#[tokio::test]
async fn who_comes_after_an_invalidation_of_another_process_joins_one_new_load() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (id, gate) = (another_id(), Gate::new());
        let early = crowd(&one, id, &gate, 10);
        gate.arrived(1).await;
        let entry = two.scope(async { entry!(load(id)) }).await;
        two.invalidate(entry).await.unwrap();
        tokio::time::sleep(WHILE).await;

        let late = crowd(&one, id, &gate, 100);
        gate.arrived(2).await;
        tokio::time::sleep(WHILE).await;
        gate.open();
        answered(early.into_iter().chain(late), id).await;
        assert_eq!(of(&one, "load").loads, 2, "{}", one.snapshot());
        assert_eq!(of(&one, "load").fills, 1, "{}", one.snapshot());
    }
}

#[cached(key = "strict-crowd:<id>", ttl = "1h", tags = ["crowd:<id>"], tier = "remote", skip(gate))]
async fn strict(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

#[cached(key = "locked-crowd:<id>", ttl = "1h", tier = "remote", strategy = "lock", skip(gate))]
async fn strict_locked(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cold_key_that_no_process_may_copy_is_loaded_once() {
    for site in Site::each() {
        let cache = site.process().await;
        for (policy, lock) in [("strict", false), ("strict_locked", true)] {
            for _ in 0..10 {
                let (id, gate) = (another_id(), Gate::new());
                let before = of(&cache, policy).loads;
                let call = || {
                    let gate = gate.clone();
                    tokio::spawn(cache.scope(async move {
                        if lock { strict_locked(id, &gate).await } else { strict(id, &gate).await }
                    }))
                };
                // Most of them come while the first still asks for its lease, or is about to.
                let first: Vec<_> = std::iter::repeat_with(call).take(50).collect();
                gate.arrived(1).await;
                let late: Vec<_> = std::iter::repeat_with(call).take(50).collect();
                tokio::time::sleep(WHILE).await;
                gate.open();
                answered(first.into_iter().chain(late), id).await;
                assert_eq!(of(&cache, policy).loads - before, 1, "{}", cache.snapshot());
            }
        }
    }
}

#[cached(key = "written-crowd:<id>", ttl = "1h")]
async fn written(id: u64, source: &Source) -> u64 {
    source.load(id).await
}

#[invalidates(written(id))]
async fn write(id: u64, gate: &Gate) {
    gate.pass().await;
    let _ = id;
}

#[tokio::test]
async fn who_comes_while_a_write_goes_on_waits_for_no_load_from_before_it() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        for writer in [&one, &two] {
            let (id, gate, source) = (another_id(), Gate::new(), Source::default());
            let call = || {
                let source = source.clone();
                tokio::spawn(one.scope(async move { written(id, &source).await }))
            };
            source.set(id, id);
            let before = source.slow_down_next();
            let first = call();
            before.arrived(1).await;
            let later = source.slow_down();
            let writes = gate.clone();
            let writing = tokio::spawn(writer.scope(async move { write(id, &writes).await }));
            gate.arrived(1).await;
            // Those who come before the write is reported wait for the first load, and the next begins another.
            let mut calls = Vec::new();
            let begins = async {
                while source.loads() == 1 {
                    calls.push(call());
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::time::timeout(PUSHED, begins).await.expect("it waits for no other");
            calls.extend(std::iter::repeat_with(call).take(20));
            tokio::time::sleep(WHILE).await;
            assert_eq!(source.loads(), 2, "the others wait for that one");
            [before, later, gate].iter().for_each(Gate::open);
            answered(calls.into_iter().chain([first]), id).await;
            writing.await.unwrap();
        }
    }
}
