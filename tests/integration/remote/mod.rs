//! The tier that processes share, on real servers. Two caches stand for two processes.

mod apart;
mod calls;
mod copies;
mod crowds;
mod drops;
mod ended;
mod guards;
mod leases;
mod outage;
mod own;
mod own_store;
mod ready;
mod refreshed;
mod settings;
mod slow;
mod transactions;
mod unfit;
mod versions;
mod warmed;
mod writes;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, CacheBuilder, PolicySnapshot};

use crate::support::server::{Server, servers};

/// Longer than a push takes on a busy machine, and shorter than the time after which a copy ends by itself.
const PUSHED: Duration = Duration::from_secs(5);
/// More than the clock of the local tier is behind.
const TICK: Duration = Duration::from_millis(50);

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

    /// How long the server keeps what it has under a name; `None` if it has nothing there.
    async fn lifetime(&self, name: &str) -> Option<Duration> {
        let mut connection = self.server.connection().await;
        let left = redis::cmd("PTTL").arg(name).query_async(&mut connection).await;
        let left: i64 = left.expect("the server is up");
        u64::try_from(left).ok().map(Duration::from_millis)
    }

    /// How often the server has done which command, those left out that it is asked every now and then.
    async fn commands(&self) -> BTreeMap<String, u64> {
        let mut connection = self.server.connection().await;
        let mut info = redis::cmd("INFO");
        let info: String = info.arg("commandstats").query_async(&mut connection).await.unwrap();
        let counted = info.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
            let (calls, _) = rest.split_once(',')?;
            Some((name.to_owned(), calls.parse().ok()?))
        });
        let beats = ["client|setinfo", "client|tracking", "hello", "info", "role", "time", "touch"];
        counted.filter(|(name, _)| !beats.contains(&name.as_str())).collect()
    }

    /// The commands that a call makes the server do.
    async fn commands_of(&self, call: impl Future) -> BTreeMap<String, u64> {
        let before = self.commands().await;
        call.await;
        let mut after = self.commands().await;
        for (name, calls) in before {
            if let Some(more) = after.get_mut(&name) {
                *more -= calls;
            }
        }
        after.retain(|_, calls| *calls > 0);
        after
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
        cache.ready(Duration::from_secs(30)).await.expect("the server serves");
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

/// Calls a function until its value is kept in this process, and until it is not any more; then that must have been for
/// as long as it may, no less and no more.
async fn kept_for<F: Future>(time: Duration, cache: &Cache, name: &str, call: impl Fn() -> F) {
    let start = Instant::now();
    let (mut kept, mut is_kept) = (start..start, false);
    loop {
        assert!(start.elapsed() < time + PUSHED, "kept too long, or not at all");
        let (before, called) = (of(cache, name).hits, Instant::now());
        call().await;
        let answered = Instant::now();
        if of(cache, name).hits > before {
            assert!(called < kept.end + time + TICK, "kept after {:?}", called - kept.end);
            is_kept = true;
        } else if is_kept {
            assert!(answered + TICK > kept.start + time, "gone after {:?}", answered - kept.start);
            return;
        } else {
            kept = called..answered;
        }
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
