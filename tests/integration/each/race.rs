//! Batches, single calls and writes at random, in one process and in two. After a write was acknowledged nobody reads what it
//! replaced, in a batch or by itself.
//!
//! `CACHE_TEST_ROUNDS` sets the number of rounds; each has its own seed, which a failure names.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;

use cache_runtime::{cached, invalidates};

use crate::support::fleet::Fleet;
use crate::support::random::Random;
use crate::support::source::Source;

const IDS: u64 = 6;
const TASKS: u64 = 10;
const STEPS: u64 = 30;

macro_rules! readers {
    ($($one:ident, $many:ident: $key:literal { $($option:tt)* })+) => {
        $(
            #[cached(key = $key, ttl = "1h", tags = ["each-race:<id>"] $($option)*)]
            async fn $one(source: &Source, id: u64) -> Option<u64> {
                Some(source.load(id).await)
            }

            #[cached(each = ids, writes = $one(id), chunk = 3)]
            async fn $many(source: &Source, ids: &[u64]) -> HashMap<u64, u64> {
                let mut rows = HashMap::new();
                for id in ids {
                    rows.insert(*id, source.load(*id).await);
                }
                rows
            }
        )+
    };
}

readers! {
    row, rows: "each-race-row:<id>" {}
    remote, remotes: "each-race-remote:<id>" { , tier = "remote" }
}

#[invalidates(row(id), remote(id))]
async fn update(source: &Source, id: u64) -> Result<u64, String> {
    source.dawdle().await;
    let version = source.advance(id);
    source.dawdle().await;
    Ok(version)
}

/// Polls all of them until the last has ended.
async fn all<F: Future<Output = ()>>(tasks: impl Iterator<Item = F>) {
    let mut tasks: Vec<_> = tasks.map(Box::pin).collect();
    poll_fn(|context| {
        tasks.retain_mut(|task| task.as_mut().poll(context).is_pending());
        if tasks.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

struct Race<'a> {
    fleet: &'a Fleet,
    /// How many of its processes read and write: of what another has changed a copy in this one ends a moment later.
    processes: u64,
    source: Source,
    /// By id, the version of the last write that was acknowledged.
    acknowledged: Vec<AtomicU64>,
    reads: AtomicUsize,
    stale: AtomicUsize,
}

impl Race<'_> {
    fn last(&self, id: u64) -> &AtomicU64 {
        &self.acknowledged[usize::try_from(id).expect("few ids")]
    }

    fn seen(&self, found: u64, least: u64) {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if found < least {
            self.stale.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn step(&self, random: &mut Random) {
        let process = usize::try_from(random.below(self.processes)).expect("few");
        let id = random.below(IDS);
        match random.below(10) {
            0..6 => {
                let ids: Vec<u64> = (0..IDS).filter(|_| random.below(2) == 0).collect();
                let least: Vec<u64> =
                    ids.iter().map(|id| self.last(*id).load(Ordering::SeqCst)).collect();
                let found = self.fleet.run(process, async {
                    match self.processes {
                        1 => rows(&self.source, &ids).await,
                        _ => remotes(&self.source, &ids).await,
                    }
                });
                let found = found.await;
                for (id, least) in ids.iter().zip(least) {
                    self.seen(found[id], least);
                }
            }
            6..7 => {
                let least = self.last(id).load(Ordering::SeqCst);
                let found = self.fleet.run(process, async {
                    match self.processes {
                        1 => row(&self.source, id).await,
                        _ => remote(&self.source, id).await,
                    }
                });
                let found = found.await;
                self.seen(found.expect("every row is there"), least);
            }
            7..9 => {
                let written = self.fleet.run(process, update(&self.source, id)).await;
                let version = written.expect("it does not fail");
                self.last(id).fetch_max(version, Ordering::SeqCst);
            }
            _ => {
                let version = self.source.advance(id);
                let tag = format!("each-race:{id}");
                self.fleet.cache(process).invalidate_tag(&tag).await.expect("the server is up");
                self.last(id).fetch_max(version, Ordering::SeqCst);
            }
        }
    }
}

#[tokio::test]
async fn nobody_reads_what_was_replaced_in_a_batch_or_by_itself() {
    let rounds = std::env::var("CACHE_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    for seed in 0..rounds.unwrap_or(4) {
        for fleet in Fleet::each().await {
            for processes in [1, 2] {
                race(&fleet, processes, seed).await;
            }
        }
    }
}

async fn race(fleet: &Fleet, processes: u64, seed: u64) {
    let race = Race {
        fleet,
        processes,
        source: Source::with_jitter(seed),
        acknowledged: (0..IDS).map(|_| AtomicU64::default()).collect(),
        reads: AtomicUsize::new(0),
        stale: AtomicUsize::new(0),
    };
    fleet.cache(0).clear().await.expect("the server is up");
    let task = |task| {
        let race = &race;
        async move {
            let mut random = Random::new(seed * TASKS + task);
            for _ in 0..STEPS {
                race.step(&mut random).await;
            }
        }
    };
    all((0..TASKS).map(task)).await;
    let (reads, stale) = (race.reads.into_inner(), race.stale.into_inner());
    println!("{fleet}, {processes} processes, seed {seed}: {reads} reads, {stale} of them stale");
    assert_eq!(stale, 0, "{fleet}, {processes} processes, seed {seed}: of {reads} reads");
    assert!(reads > 100);
    fleet.idle().await;
}
