//! Many tasks read and write at random. After a write was acknowledged, nobody may read what it replaced.
//!
//! `CACHE_TEST_ROUNDS` sets the number of rounds; each has its own seed, which a failure names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::naive::Naive;
use crate::support::random::Random;
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject, Way};
use crate::support::{counters, poll_once};

const KEYS: usize = 4;
const TASKS: u64 = 12;
const STEPS: u64 = 60;

struct Race<S> {
    subject: S,
    /// By key, the version of the last write that was acknowledged.
    acknowledged: Vec<AtomicU64>,
    reads: AtomicUsize,
    stale: AtomicUsize,
}

impl<S: Subject> Race<S> {
    fn new(seed: u64) -> Self {
        Self {
            subject: S::new(Source::with_jitter(seed)),
            acknowledged: std::iter::repeat_with(AtomicU64::default).take(KEYS).collect(),
            reads: AtomicUsize::new(0),
            stale: AtomicUsize::new(0),
        }
    }

    fn last(&self, id: u64) -> &AtomicU64 {
        &self.acknowledged[usize::try_from(id).expect("few keys")]
    }

    fn acknowledge(&self, id: u64, version: u64) {
        self.last(id).fetch_max(version, Ordering::SeqCst);
    }

    async fn read(&self, id: u64, refresh: bool) {
        let least = self.last(id).load(Ordering::SeqCst);
        let version =
            if refresh { self.subject.refresh(id).await } else { self.subject.read(id).await };
        self.reads.fetch_add(1, Ordering::SeqCst);
        if version < least {
            self.stale.fetch_add(1, Ordering::SeqCst);
        }
    }

    async fn write(&self, id: u64) {
        let source = self.subject.source().clone();
        let change = async move {
            source.dawdle().await;
            let version = source.advance(id);
            source.dawdle().await;
            version
        };
        let version = self.subject.write(id, change).await;
        self.acknowledge(id, version);
    }

    /// Two rows change together, or neither does. The cache is told before, in any way.
    async fn write_two(&self, rows: [(u64, Way); 2], fails: bool) {
        let source = self.subject.source().clone();
        let change = async move {
            source.dawdle().await;
            let versions = (!fails).then(|| rows.map(|(id, _)| source.advance(id)));
            source.dawdle().await;
            versions
        };
        let Some((seen, versions)) = self.subject.write_two(rows, change).await else { return };
        self.reads.fetch_add(1, Ordering::SeqCst);
        if seen < versions[0] {
            self.stale.fetch_add(1, Ordering::SeqCst);
        }
        for ((id, _), version) in rows.into_iter().zip(versions) {
            self.acknowledge(id, version);
        }
    }

    async fn step(&self, random: &mut Random) {
        let id = random.below(KEYS as u64);
        match random.below(100) {
            0..70 => self.read(id, false).await,
            70..73 => self.read(id, true).await,
            73..77 => abandoned(self.read(id, false), random.below(4)).await,
            77..87 => self.write(id).await,
            87..89 => abandoned(self.write(id), random.below(8)).await,
            89..92 => {
                let version = self.subject.source().advance(id);
                self.subject.invalidate_tag().await;
                self.acknowledge(id, version);
            }
            92..93 => {
                let version = self.subject.source().advance(id);
                self.subject.clear().await;
                self.acknowledge(id, version);
            }
            93..95 => self.subject.mark_stale(id).await,
            95..98 => {
                let rows = [id, random.below(KEYS as u64)].map(|id| (id, any_way(random)));
                let (fails, polls) = (random.below(4) == 0, random.below(24));
                let write = self.write_two(rows, fails);
                if polls < 20 { write.await } else { abandoned(write, polls - 20).await }
            }
            // Past the deadlines of guards, sometimes, while writes and loads are under way.
            _ => self.subject.advance(Duration::from_secs(random.below(40))),
        }
    }

    async fn run(self: Arc<Self>, seed: u64) -> (usize, usize) {
        let tasks = (0..TASKS).map(|task| {
            let race = Arc::clone(&self);
            tokio::spawn(async move {
                let mut random = Random::new(seed.wrapping_mul(TASKS).wrapping_add(task));
                for _ in 0..STEPS {
                    race.step(&mut random).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no step panics");
        }
        // With nothing under way, what is cached is what there is.
        for id in 0..KEYS as u64 {
            let row = self.subject.source().row(id);
            self.acknowledge(id, row);
            self.read(id, false).await;
        }
        (self.reads.load(Ordering::SeqCst), self.stale.load(Ordering::SeqCst))
    }
}

fn any_way(random: &mut Random) -> Way {
    let any = random.below(Way::ALL.len() as u64);
    Way::ALL[usize::try_from(any).expect("few ways")]
}

/// Polls a future so many times, and drops it.
async fn abandoned<F: Future>(future: F, polls: u64) {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        if poll_once(future.as_mut()).await.is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn rounds() -> u64 {
    let rounds = std::env::var("CACHE_TEST_ROUNDS").ok();
    rounds.map_or(100, |rounds| rounds.parse().expect("CACHE_TEST_ROUNDS is a number"))
}

/// The rounds with stale reads, on one thread (where the seed decides everything) or on several.
fn stale_rounds<S: Subject>(rounds: u64, threads: usize) -> Vec<(u64, usize, usize)> {
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(threads).build().expect("a runtime");
    let race = |seed| {
        let (reads, stale) = runtime.block_on(Arc::new(Race::<S>::new(seed)).run(seed));
        (seed, reads, stale)
    };
    (0..rounds).map(race).filter(|&(_, _, stale)| stale > 0).collect()
}

#[test]
fn a_naive_cache_serves_what_an_acknowledged_write_has_replaced() {
    for threads in [1, 4] {
        assert!(!stale_rounds::<Naive>(10, threads).is_empty());
    }
}

#[test]
fn what_an_acknowledged_write_has_replaced_is_never_read_again_on_one_thread() {
    let stale = stale_rounds::<Ours>(rounds(), 1);
    assert!(stale.is_empty(), "(seed, reads, stale): {stale:?}");
}

#[test]
fn what_an_acknowledged_write_has_replaced_is_never_read_again_on_many_threads() {
    let stale = stale_rounds::<Ours>(rounds(), 4);
    assert!(stale.is_empty(), "(seed, reads, stale): {stale:?}");
}

#[test]
fn a_race_hits_loads_joins_and_refuses() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let race = Arc::new(Race::<Ours>::new(1));
    runtime.block_on(Arc::clone(&race).run(1));
    let row = counters(&race.subject.cache, "row");
    assert!(row.hits > 50 && row.fills > 20 && row.joins > 20, "{row:?}");
    assert!(row.refused.overtaken > 0 && row.refused.tag_overtaken > 0, "{row:?}");
    assert!(row.refused.busy > 0 && row.load_cancelled > 0, "{row:?}");
}
