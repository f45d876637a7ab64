//! The tier that processes share, on real servers. Two caches stand for two processes.

#[path = "shared/copies.rs"]
mod copies;
#[path = "shared/leases.rs"]
mod leases;
#[path = "shared/outage.rs"]
mod outage;
#[path = "shared/writes.rs"]
mod writes;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, CacheBuilder, PolicySnapshot};

use crate::support::server::{Server, servers};

/// Longer than a push takes on a busy machine, and shorter than the time after which a copy ends by itself.
const PUSHED: Duration = Duration::from_secs(5);

/// A server with a namespace of its own.
struct Site {
    server: Server,
}

impl Site {
    /// One on every kind of server.
    fn each() -> impl Iterator<Item = Self> {
        servers().into_iter().map(|kind| Self { server: Server::start(kind) })
    }

    /// Another process.
    async fn process(&self) -> IsolatedCache {
        self.process_with(|builder| builder).await
    }

    async fn process_with(
        &self,
        build: impl FnOnce(CacheBuilder) -> CacheBuilder,
    ) -> IsolatedCache {
        let builder = Cache::builder()
            .url(self.server.url())
            .connect_timeout(Duration::from_secs(10))
            .response_timeout(Duration::from_secs(5));
        let cache = build(builder).build().await.expect("the server is up");
        until("changes are told", || cache.health().is_some_and(|health| health.watching)).await;
        testing::isolate_on(cache)
    }
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PUSHED, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Repeats a call until it answers so.
async fn until_it_answers<T, F>(expected: &T, call: impl Fn() -> F)
where
    T: PartialEq + std::fmt::Debug,
    F: Future<Output = T>,
{
    let start = Instant::now();
    loop {
        let answer = call().await;
        if answer == *expected {
            return;
        }
        assert!(start.elapsed() < PUSHED, "still {answer:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn of(cache: &Cache, name: &str) -> PolicySnapshot {
    let policies = cache.snapshot().policies;
    policies.into_iter().find(|policy| policy.name == name).unwrap_or_default()
}

/// Ids that no other test uses: functions of one test are called in several caches.
fn another_id() -> u64 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).into()
}
