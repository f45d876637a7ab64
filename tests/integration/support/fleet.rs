//! The processes of a test: one in memory, several on one store, several on a real server; on time that does not pass by itself.

use std::fmt;
use std::time::Duration;

use cache_runtime::testing::{self, IsolatedCache, Node};
use cache_runtime::{Cache, traced};
use redis::aio::MultiplexedConnection;

use crate::support::server::{Server, servers};

/// More than a busy machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How large a value may be.
pub(crate) const MAX_VALUE: usize = 10_000;

/// Processes that share what they cache; in memory there is one.
pub(crate) enum Fleet {
    Memory(IsolatedCache),
    Store(Vec<Node>),
    /// Two caches on a server, and a connection that knows nothing of caches.
    Server(Vec<IsolatedCache>, Server),
}

/// What became of a call, in one word.
pub(crate) type Called<T> = (T, String);

impl Fleet {
    /// Two processes, or one where nothing is shared; in every kind of place.
    pub(crate) async fn each() -> Vec<Self> {
        let [one, two] = testing::nodes_with(|builder| builder.max_value(MAX_VALUE));
        let mut fleets = vec![Self::Memory(testing::isolate()), Self::Store(vec![one, two])];
        for kind in servers() {
            fleets.push(Self::on(Server::start(kind)).await);
        }
        fleets
    }

    /// Those that share something.
    pub(crate) async fn shared() -> Vec<Self> {
        let mut fleets = Self::each().await;
        fleets.remove(0);
        fleets
    }

    async fn on(server: Server) -> Self {
        let mut caches = Vec::new();
        for _ in 0..2 {
            let builder = Cache::builder().url(server.url()).connect_timeout(PATIENCE);
            let builder = builder.response_timeout(PATIENCE).max_value(MAX_VALUE);
            let cache = builder.build().await.expect("the server is up");
            cache.ready(PATIENCE).await.expect("the server serves");
            caches.push(testing::isolate_on(cache));
        }
        Self::Server(caches, server)
    }

    /// The processes.
    pub(crate) fn processes(&self) -> usize {
        match self {
            Self::Memory(_) => 1,
            Self::Store(nodes) => nodes.len(),
            Self::Server(caches, _) => caches.len(),
        }
    }

    pub(crate) fn cache(&self, process: usize) -> &Cache {
        match self {
            Self::Memory(cache) => cache,
            Self::Store(nodes) => &nodes[process % nodes.len()],
            Self::Server(caches, _) => &caches[process % caches.len()],
        }
    }

    /// Runs something in one of the processes; where there is only one, in that.
    pub(crate) async fn run<F: Future>(&self, process: usize, future: F) -> F::Output {
        match self {
            Self::Memory(cache) => cache.scope(future).await,
            Self::Store(nodes) => nodes[process % nodes.len()].scope(future).await,
            Self::Server(caches, _) => caches[process % caches.len()].scope(future).await,
        }
    }

    /// Calls a function in one of the processes; with what became of it.
    pub(crate) async fn call<F: Future>(&self, process: usize, call: F) -> Called<F::Output> {
        let (returned, outcome) = self.run(process, traced(call)).await;
        println!("{self}, process {process}: {}", outcome.reason());
        (returned, outcome.to_string())
    }

    /// Lets time pass: on the clock of the test, or by making what is on the server older.
    pub(crate) async fn pass(&self, time: Duration) {
        match self {
            Self::Memory(cache) => cache.clock().advance(time),
            Self::Store(nodes) => nodes[0].clock().advance(time),
            Self::Server(caches, server) => {
                age(&mut server.connection().await, time).await;
                for cache in caches {
                    // Whoever asks something has been told of every change before the answer comes.
                    cache.invalidate_tag("asks-something").await.expect("the server is up");
                }
            }
        }
    }

    /// Lets time pass where it does not by itself.
    pub(crate) fn pass_on_a_manual_clock(&self, time: Duration) {
        match self {
            Self::Memory(cache) => cache.clock().advance(time),
            Self::Store(nodes) => nodes[0].clock().advance(time),
            Self::Server(..) => {}
        }
    }

    /// A little: no less than what passes by itself, which on a server is how long a test takes.
    pub(crate) fn step(&self) -> Duration {
        match self {
            Self::Memory(_) | Self::Store(_) => Duration::from_millis(1),
            Self::Server(..) => Duration::from_mins(5),
        }
    }

    /// A little before a time.
    pub(crate) fn just_before(&self, end: Duration) -> Duration {
        end.saturating_sub(self.step())
    }

    /// Waits until nothing is under way in the background.
    pub(crate) async fn idle(&self) {
        for process in 0..self.processes() {
            self.cache(process).shutdown(PATIENCE).await.expect("everything ends");
        }
    }

    /// A counter of a function, in all processes together.
    pub(crate) fn count(
        &self,
        name: &str,
        counter: impl Fn(&cache_runtime::PolicySnapshot) -> u64,
    ) -> u64 {
        let of = |process| {
            let policies = self.cache(process).snapshot().policies;
            policies.iter().filter(|policy| policy.name == name).map(&counter).sum::<u64>()
        };
        (0..self.processes()).map(of).sum()
    }
}

/// What a future returns, or panics with.
pub(crate) async fn caught<F: Future>(future: F) -> std::thread::Result<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let poll = std::panic::AssertUnwindSafe(|| future.as_mut().poll(context));
        match std::panic::catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// Where it keeps what it caches; said by a test that fails.
impl fmt::Display for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "memory",
            Self::Store(_) => "a store",
            Self::Server(..) => "a server",
        })
    }
}

/// Makes every entry on a server older: when it was made, when what holds it ends, when it is gone.
async fn age(connection: &mut MultiplexedConnection, time: Duration) {
    let time = u64::try_from(time.as_millis()).unwrap();
    let names: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query_async(connection).await.unwrap();
    for name in names {
        let mut record: Vec<u8> =
            redis::cmd("GET").arg(&name).query_async(connection).await.unwrap();
        if record.len() < 64 || !record.starts_with(&[0xC5]) {
            continue;
        }
        let left: i64 = redis::cmd("PTTL").arg(&name).query_async(connection).await.unwrap();
        let mut sooner = |at: usize| {
            let field: [u8; 8] = record[at..at + 8].try_into().unwrap();
            let sooner = u64::from_be_bytes(field).saturating_sub(time);
            record[at..at + 8].copy_from_slice(&sooner.to_be_bytes());
        };
        // The deadline of a lease, and the time at which a value was made.
        sooner(24);
        sooner(40);
        match left - i64::try_from(time).unwrap() {
            left if left > 0 => {
                let mut set = redis::cmd("SET");
                set.arg(&name).arg(&record).arg("PX").arg(left);
                set.query_async::<()>(connection).await.unwrap();
            }
            _ => redis::cmd("DEL").arg(&name).query_async::<()>(connection).await.unwrap(),
        }
    }
}
