//! Callers who are not told of changes, and so must find out whether the load that is under way is as new as their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_runtime::store::InMemory;
use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Cache, CacheBuilder, cached, entry, invalidates};
use tokio::task::JoinHandle;

use crate::support::source::Source;
use crate::support::store::{Faulty, Mode};
use crate::support::{counters, settle, until};

const CALLERS: usize = 20;

#[cached(key = "unverified:remote:<id>", ttl = "1h", tags = ["unverified:<id>"], tier = "remote")]
async fn remote(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "unverified:locked:<id>", ttl = "1h", tier = "remote", strategy = "lock")]
async fn locked(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

/// Not tracked either: the store tells of nothing.
#[cached(key = "unverified:every:<id>", ttl = "1h", tags = ["unverified:<id>"])]
async fn every(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

/// The same entries as another version of the program has them.
mod earlier {
    use super::*;

    #[cached(key = "unverified:remote:<id>", ttl = "1h", tags = ["unverified:<id>"], tier = "remote", version = 7)]
    pub(super) async fn remote(id: u64) -> u64 {
        id
    }

    #[cached(
        key = "unverified:locked:<id>",
        ttl = "1h",
        tier = "remote",
        strategy = "lock",
        version = 7
    )]
    pub(super) async fn locked(id: u64) -> u64 {
        id
    }

    #[cached(key = "unverified:every:<id>", ttl = "1h", tags = ["unverified:<id>"], version = 7)]
    pub(super) async fn every(id: u64) -> u64 {
        id
    }
}

#[invalidates(remote(id), locked(id), every(id))]
async fn write(id: u64, gate: &Gate) {
    gate.pass().await;
    let _ = id;
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Remote,
    Locked,
    Every,
}

const WAYS: [Way; 3] = [Way::Remote, Way::Locked, Way::Every];

impl Way {
    fn policy(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Locked => "locked",
            Self::Every => "every",
        }
    }

    async fn call(self, source: &Source, id: u64) -> u64 {
        match self {
            Self::Remote => remote(source, id).await,
            Self::Locked => locked(source, id).await,
            Self::Every => every(source, id).await,
        }
    }

    async fn store_as_another_version(self, id: u64) {
        match self {
            Self::Remote => earlier::remote(id).await,
            Self::Locked => earlier::locked(id).await,
            Self::Every => earlier::every(id).await,
        };
    }
}

/// Two processes on one store, which tells neither of changes.
struct World {
    store: Arc<Faulty>,
    cache: IsolatedCache,
    other: IsolatedCache,
    source: Source,
    id: u64,
    way: Way,
}

impl World {
    async fn new(way: Way) -> Self {
        Self::with(way, |builder| builder).await
    }

    async fn with(way: Way, build: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let shared = Arc::new(InMemory::new(1_000));
        let store = Faulty::new(&shared);
        let cache = build(Cache::builder().store(Arc::clone(&store) as _)).build().await.unwrap();
        let other = Cache::builder().store(Faulty::new(&shared)).build().await.unwrap();
        let (cache, other) = (testing::isolate_on(cache), testing::isolate_on(other));
        let (source, id) = (Source::default(), IDS.fetch_add(1, Ordering::Relaxed));
        source.set(id, 1);
        Self { store, cache, other, source, id, way }
    }

    fn call(&self) -> JoinHandle<u64> {
        let (source, id, way) = (self.source.clone(), self.id, self.way);
        tokio::spawn(self.cache.scope(async move { way.call(&source, id).await }))
    }

    fn callers(&self) -> Vec<JoinHandle<u64>> {
        (0..CALLERS).map(|_| self.call()).collect()
    }

    /// Waits until so many callers wait for what a load brings.
    async fn joined(&self, callers: usize) {
        let joins = || {
            let policies = self.cache.snapshot().policies;
            policies.into_iter().find(|policy| policy.name == self.way.policy())
        };
        until("they wait for the load", || {
            joins().is_some_and(|policy| policy.joins == u64::try_from(callers).unwrap())
        })
        .await;
    }

    async fn invalidate_elsewhere(&self) {
        let id = self.id;
        let ended = self.other.scope(async {
            match self.way {
                Way::Remote => self.other.invalidate(entry!(remote(id))).await,
                Way::Locked => self.other.invalidate(entry!(locked(id))).await,
                Way::Every => self.other.invalidate(entry!(every(id))).await,
            }
        });
        ended.await.expect("the store is there");
    }
}

async fn answered(calls: impl IntoIterator<Item = JoinHandle<u64>>, row: u64) {
    for call in calls {
        assert_eq!(call.await.expect("no call panics"), row);
    }
}

#[tokio::test]
async fn callers_who_come_while_a_flight_asks_for_its_lease_wait_for_its_load() {
    for way in WAYS {
        for held in ["read", "acquire"] {
            let world = World::new(way).await;
            let (asks, gate) = (Gate::new(), world.source.slow_down());
            world.store.hold(held, 1, &asks);
            let first = world.call();
            asks.arrived(1).await;
            let others = world.callers();
            settle().await;
            asks.open();
            gate.arrived(1).await;
            // These find the lease there, and the versions of the tags as they were.
            let late = world.callers();
            world.joined(2 * CALLERS).await;
            gate.open();
            answered([first].into_iter().chain(others).chain(late), 1).await;
            assert_eq!(world.source.loads(), 1, "{way:?}, {held}");
            let row = counters(&world.cache, way.policy());
            assert_eq!((row.fills, row.refused.total()), (1, 0), "{way:?}, {held}");
        }
    }
}

#[tokio::test]
async fn what_a_flight_has_found_is_not_for_those_who_came_after_that_has_ended() {
    for way in WAYS {
        let world = World::new(way).await;
        assert_eq!(world.call().await.unwrap(), 1);
        world.store.calls();
        let asks = Gate::new();
        world.store.hold_answer("read", 1, &asks);
        let first = world.call();
        asks.arrived(1).await;
        world.source.set(world.id, 2);
        world.invalidate_elsewhere().await;
        let late = world.callers();
        settle().await;
        asks.open();
        answered([first], 1).await;
        answered(late, 2).await;
    }
}

#[tokio::test]
async fn what_a_flight_loads_is_not_for_those_who_came_after_a_tag_has_ended_elsewhere() {
    for way in [Way::Remote, Way::Every] {
        let world = World::new(way).await;
        let gate = world.source.slow_down_next();
        let first = world.call();
        gate.arrived(1).await;
        world.source.set(world.id, 2);
        let tag = format!("unverified:{}", world.id);
        world.other.invalidate_tag(&tag).await.expect("the store is there");
        let late = world.callers();
        settle().await;
        gate.open();
        answered([first], 1).await;
        answered(late, 2).await;
    }
}

/// Why a load has no lease of the store's.
#[derive(Clone, Copy, Debug)]
enum Leaseless {
    Full,
    Foreign,
    OtherVersion,
    Writing,
}

#[tokio::test]
async fn callers_load_one_at_a_time_where_no_lease_tells_whether_a_load_is_current() {
    for way in WAYS {
        for why in
            [Leaseless::Full, Leaseless::Foreign, Leaseless::OtherVersion, Leaseless::Writing]
        {
            let world = World::new(way).await;
            let (id, guarded) = (world.id, Gate::new());
            let mut other = None;
            match why {
                Leaseless::Full => world.store.set(Mode::Full),
                Leaseless::Foreign => world.store.set(Mode::Foreign),
                Leaseless::OtherVersion => {
                    world.other.scope(way.store_as_another_version(id)).await;
                }
                Leaseless::Writing => {
                    let gate = guarded.clone();
                    let write = async move { write(id, &gate).await };
                    other = Some(tokio::spawn(world.other.scope(write)));
                    guarded.arrived(1).await;
                }
            }
            world.store.calls();
            let gates = [world.source.slow_down_next(), Gate::new()];
            let first = world.call();
            gates[0].arrived(1).await;
            let rest = world.source.slow_down();
            let others = world.callers();
            // Each looks whether there is a lease.
            until("they have looked", || world.store.count("read") == 1 + CALLERS).await;
            settle().await;
            assert_eq!(world.source.loads(), 1, "{way:?}, {why:?}");
            world.source.set(id, 2);
            gates[0].open();
            answered([first], 1).await;
            rest.arrived(1).await;
            world.joined(CALLERS - 1).await;
            assert_eq!(world.source.loads(), 2, "{way:?}, {why:?}");
            rest.open();
            answered(others, 2).await;
            assert_eq!(world.source.loads(), 2, "{way:?}, {why:?}");
            guarded.open();
            if let Some(other) = other {
                other.await.expect("it does not panic");
            }
        }
    }
}
