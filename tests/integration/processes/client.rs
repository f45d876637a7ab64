//! A process of the race: tasks that read and write through the cache, in every way that it offers.

use std::time::Duration;

use cache_runtime::{Cache, PolicySnapshot, refresh, transaction};
use tokio::time::timeout;

use super::fleet::Orders;
use super::kinds::{self, Failed, GUARD, Kind, ROWS, Statement, of_kind};
use super::wire::{Request, Source};
use super::worker;
use crate::support::random::Random;

/// How many tasks a process runs.
pub(super) const TASKS: u64 = 8;

/// What the processes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    Hits,
    RemoteHits,
    Joins,
    Loads,
    Fills,
    Overtaken,
    Written,
    Failed,
    Cancelled,
    Unacknowledged,
}

impl Counter {
    pub(super) fn add(self, source: &Source, number: u64) {
        source.tell(Request::Count { counter: self as u64, number });
    }
}

/// What the cache has counted, as far as it was told.
#[derive(Default)]
struct Counted([u64; 6]);

impl Counted {
    fn tell(&mut self, cache: &Cache, source: &Source) {
        let mut sums = [0; 6];
        for policy in cache.snapshot().policies {
            let overtaken = policy.refused.overtaken + policy.refused.tag_overtaken;
            let PolicySnapshot { hits, remote_hits, joins, loads, fills, .. } = policy;
            let counts = [hits, remote_hits, joins, loads, fills, overtaken];
            sums = std::array::from_fn(|at| sums[at] + counts[at]);
        }
        let counters = [Counter::Hits, Counter::RemoteHits, Counter::Joins];
        let others = [Counter::Loads, Counter::Fills, Counter::Overtaken];
        for (at, counter) in counters.into_iter().chain(others).enumerate() {
            counter.add(source, sums[at] - self.0[at]);
        }
        self.0 = sums;
    }
}

/// How a transaction says that a row changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Reference,
    Entry,
    Tag,
}

impl Way {
    fn any(random: &mut Random) -> Self {
        match random.below(4) {
            0 => Self::Entry,
            1 => Self::Tag,
            _ => Self::Reference,
        }
    }

    async fn say(self, cache: &Cache, row: u64) -> Result<(), Failed> {
        match self {
            Self::Reference => of_kind!(row, kind => kind::touch(row).await),
            Self::Entry => Ok(cache.invalidate(of_kind!(row, kind => kind::entry(row))).await?),
            Self::Tag => Ok(cache.invalidate_tag(&format!("fleet:{row}")).await?),
        }
    }
}

/// A task's view of the world.
struct Client {
    source: Source,
    cache: Cache,
    random: Random,
}

/// Works until the test is over.
pub(super) async fn work(orders: &Orders, source: Source) {
    let cache = worker::race_cache(orders).await;
    let tasks = (0..TASKS).map(|task| {
        let random = Random::new(orders.seed.wrapping_mul(TASKS).wrapping_add(task));
        let mut client = Client { source: source.clone(), cache: cache.clone(), random };
        tokio::spawn(async move {
            loop {
                client.step().await;
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut counted = Counted::default();
    let mut over = std::pin::pin!(source.ask(Request::Over));
    // Now and then, because a process that is killed says nothing more.
    while timeout(Duration::from_millis(200), over.as_mut()).await.is_err() {
        counted.tell(&cache, &source);
    }
    for task in &tasks {
        task.abort();
    }
    for task in tasks {
        let ended = task.await.expect_err("it goes on until it is aborted");
        assert!(ended.is_cancelled(), "{ended}");
    }
    counted.tell(&cache, &source);
    // When this is answered all that was told before has arrived.
    source.ask(Request::Now).await;
}

impl Client {
    async fn step(&mut self) {
        let (row, writes) = kinds::any_row(&mut self.random);
        if writes {
            self.write(row).await;
        } else {
            // What is read again is likely to be a copy.
            for _ in 0..=self.random.below(4) {
                self.read(row).await;
            }
        }
    }

    fn time(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.random.below(most))
    }

    async fn read(&mut self, row: u64) {
        let since = self.source.ask(Request::Now).await;
        let source = &self.source;
        let version = match self.random.below(40) {
            0..2 => {
                // The caller goes away in the middle of it.
                let time = self.time(8);
                let source = &self.source;
                timeout(time, async { of_kind!(row, kind => kind::read(source, row).await) })
                    .await
                    .ok()
            }
            2 => {
                Some(refresh(async { of_kind!(row, kind => kind::read(source, row).await) }).await)
            }
            3..6 => self.cache.peek(of_kind!(row, kind => kind::entry(row))).await,
            6 => {
                let entries = [row, row].map(|row| of_kind!(row, kind => kind::entry(row)));
                self.cache.get_many(entries).await[0]
            }
            _ => Some(of_kind!(row, kind => kind::read(source, row).await)),
        };
        if let Some(version) = version {
            self.source.tell(Request::Seen { row, version, since });
        }
    }

    async fn write(&mut self, row: u64) {
        let locked = Kind::of(row) == Kind::Put;
        if locked {
            // A value that is put has to be the newest: the writers of such rows take turns.
            self.source.ask(Request::Lock { row }).await;
        }
        self.write_in_turn(row).await;
        if locked {
            self.source.tell(Request::Unlock { row });
        }
    }

    async fn write_in_turn(&mut self, row: u64) {
        let now = self.source.ask(Request::Now).await;
        let guards = Kind::of(row).is_bounded();
        let guards = guards.then(|| (self.cache.clone(), kinds::failures(&self.cache)));
        // Early enough for clocks that are not quite the same.
        let by = now + GUARD - 200_000;
        let mut statement = Statement { rows: [row; 2], by, fails: false, guards };
        let source = &self.source;
        let written = match self.random.below(30) {
            0..2 => {
                statement.guards = None;
                kinds::change_by_tag(source, row, statement).await
            }
            2..5 => {
                statement.guards = None;
                match statement.run(source).await {
                    Ok(version) => self.tell_the_cache(row).await.map(|()| version),
                    failed => failed,
                }
            }
            5..8 => return self.write_two(row, statement).await,
            8 => {
                let time = self.time(40);
                let change = of_kind!(row, kind => Box::pin(kind::change(&self.source, row, statement)) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>);
                let Ok(written) = timeout(time, change).await else {
                    return Counter::Cancelled.add(&self.source, 1);
                };
                written
            }
            9 => {
                statement.fails = true;
                of_kind!(row, kind => kind::change(source, row, statement).await)
            }
            10..22 if Kind::of(row) == Kind::Saved => kinds::save(source, row, statement).await,
            10..22 if Kind::of(row) == Kind::SavedStrict => {
                kinds::save_strict(source, row, statement).await
            }
            10..26 if Kind::of(row) == Kind::Put => {
                statement.guards = None;
                match statement.run(source).await {
                    Ok(version) => {
                        let put = self.cache.put(kinds::put::entry(row), version).await;
                        put.map(|()| version).map_err(Failed::from)
                    }
                    failed => failed,
                }
            }
            _ => of_kind!(row, kind => kind::change(source, row, statement).await),
        };
        self.acknowledge([row; 2], &written);
    }

    /// Two rows are written at once, at the end of a transaction.
    async fn write_two(&mut self, row: u64, mut statement: Statement) {
        let mut other = self.random.below(ROWS);
        if Kind::of(other) == Kind::Put {
            // Those take turns.
            other = row;
        }
        if !Kind::of(other).is_bounded() {
            statement.guards = None;
        }
        statement.rows = [row, other];
        statement.fails = self.random.below(6) == 0;
        let ways = [row, other].map(|row| (row, Way::any(&mut self.random)));
        if ways.iter().any(|(_, way)| *way != Way::Reference) {
            // What is said otherwise has no guard of its own.
            statement.guards = None;
        }
        let (source, cache) = (&self.source, &self.cache);
        let written = transaction(async {
            for (row, way) in ways {
                way.say(cache, row).await?;
            }
            let version = statement.run(source).await?;
            let since = source.ask(Request::Now).await;
            let read = of_kind!(row, kind => kind::read(source, row).await);
            source.tell(Request::Seen { row, version: read, since });
            Ok(version)
        });
        let written = written.await;
        self.acknowledge([row, other], &written);
    }

    /// Invalidates a row that is written, in one of the ways that concern it.
    async fn tell_the_cache(&mut self, row: u64) -> Result<(), Failed> {
        match self.random.below(40) {
            0 => self.cache.clear().await?,
            1 => self.cache.invalidate_tag("fleet").await?,
            _ => self.cache.invalidate(of_kind!(row, kind => kind::entry(row))).await?,
        }
        Ok(())
    }

    /// Passes on what the cache has acknowledged: everything that it does not still have to send. Nothing may wait
    /// between the end of the write and this.
    fn acknowledge(&self, rows: [u64; 2], written: &Result<u64, Failed>) {
        let owes = self.cache.health().remote.is_none_or(|shared| shared.owed > 0);
        match written {
            // The cache was told in either case.
            Ok(version) | Err(Failed::After(version)) if !owes => {
                Counter::Written.add(&self.source, 1);
                self.source.tell(Request::Acked { rows, version: *version });
            }
            Ok(_) | Err(Failed::After(_)) => Counter::Unacknowledged.add(&self.source, 1),
            Err(Failed::Cache | Failed::TooLate) => Counter::Failed.add(&self.source, 1),
        }
    }
}
