//! Stand-ins by which a scheduler sees each step, and the exploration of what can come of their orders.
//!
//! Shuttle and not loom: loom goes through every order, and through what weak memory allows; a fill alone passes a dozen
//! locks and atomics, which is more than it comes to the end of. Shuttle tries orders at random, many thousands in a few
//! seconds, and half of them with few preemptions, which is how most of such mistakes come about ("A Randomized Scheduler
//! with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010). It takes all atomics for sequentially consistent: an
//! ordering that is too weak is not found here.

use std::hash::Hash;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use quick_cache::{Equivalent, Lifecycle, Options};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};
use tokio::sync::futures::Notified;

pub(crate) use shuttle::future::block_on;
pub(crate) use shuttle::sync::MutexGuard;
pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64};
pub(crate) use shuttle::thread::spawn;

/// How many orders of a scenario are tried, unless `MODEL_RUNS` says otherwise.
const RUNS: usize = 500;

/// How many threads are preempted at chosen places in the runs that preempt few.
const DEPTH: usize = 3;

/// Runs a scenario in many orders of its steps. The same ones each time, unless `SHUTTLE_RANDOM_SEED` says otherwise.
pub(crate) fn explore(scenario: impl Fn() + Copy + Send + Sync + 'static) {
    let runs = std::env::var("MODEL_RUNS").map_or(RUNS, |runs| {
        runs.parse().expect("`MODEL_RUNS` is the number of orders to try in each test")
    });
    let half = runs.div_ceil(2);
    run(RandomScheduler::new_from_seed(1, half), scenario);
    run(PctScheduler::new_from_seed(2, DEPTH, half), scenario);
}

/// One of so many: a choice that is part of the order that is tried.
pub(crate) fn choose(many: usize) -> usize {
    thread_rng().gen_range(0..many)
}

fn run(scheduler: impl Scheduler + 'static, scenario: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.silence_warnings = true;
    config.stack_size = 1 << 18;
    Runner::new(scheduler, config).run(scenario);
}

/// A lock that knows no poison.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place at which another thread may go on.
#[derive(Debug, Default)]
struct Step(AtomicBool);

impl Step {
    fn take(&self) {
        self.0.load(Ordering::SeqCst);
    }
}

/// A cell that is written once.
#[derive(Debug)]
pub(crate) struct OnceLock<T>(std::sync::OnceLock<T>, Step);

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self(std::sync::OnceLock::new(), Step::default())
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.1.take();
        self.0.get()
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        self.1.take();
        self.0.set(value)
    }
}

/// Those who wait to be notified. The steps inside of it are tokio's own to check.
#[derive(Debug)]
pub(crate) struct Notify(tokio::sync::Notify, Step);

impl Notify {
    pub(crate) fn new() -> Self {
        Self(tokio::sync::Notify::new(), Step::default())
    }

    pub(crate) fn notified(&self) -> Notified<'_> {
        self.1.take();
        self.0.notified()
    }

    pub(crate) fn notify_waiters(&self) {
        self.1.take();
        self.0.notify_waiters();
    }
}

/// A time that does not come: a wake-up that is lost is not made up for by a timer, and the scenario stands still.
#[derive(Debug)]
pub(crate) struct Delay;

impl Delay {
    pub(crate) fn new(_: Duration) -> Self {
        Self
    }
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// A cache that evicts whatever it likes, and now and then does not take what it is given.
///
/// The real one has locks that the scheduler does not see: whoever was stopped inside of one would stop all.
pub(crate) struct Map<K, V, We, B, L> {
    entries: Mutex<Vec<(K, V)>>,
    lifecycle: L,
    unused: PhantomData<fn() -> (We, B)>,
}

/// One insertion in so many evicts an entry.
const EVICTS: usize = 8;

impl<K: Clone + Eq + Hash, V: Clone, We, B, L: Lifecycle<K, V>> Map<K, V, We, B, L> {
    pub(crate) fn with_options(_: Options, weighter: We, hasher: B, lifecycle: L) -> Self {
        Self::with(0, 0, weighter, hasher, lifecycle)
    }

    pub(crate) fn with(_: usize, _: u64, _: We, _: B, lifecycle: L) -> Self {
        Self { entries: Mutex::default(), lifecycle, unused: PhantomData }
    }

    pub(crate) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        let entries = self.entries.lock();
        entries.iter().find(|(known, _)| key.equivalent(known)).map(|(_, value)| value.clone())
    }

    pub(crate) fn peek<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<V> {
        self.get(key)
    }

    pub(crate) fn remove_if<Q: Hash + Equivalent<K> + ?Sized>(
        &self,
        key: &Q,
        is_to_go: impl FnOnce(&V) -> bool,
    ) -> Option<(K, V)> {
        let mut entries = self.entries.lock();
        let place = entries.iter().position(|(known, _)| key.equivalent(known))?;
        is_to_go(&entries[place].1).then(|| entries.swap_remove(place))
    }

    pub(crate) fn insert_with_lifecycle(&self, key: K, value: V, out: &mut L::RequestState) {
        let mut entries = self.entries.lock();
        let old = entries.iter().position(|(known, _)| *known == key);
        let old = old.map(|place| entries.swap_remove(place));
        entries.push((key, value));
        let evicts = choose(EVICTS) == 0;
        let evicted = evicts.then(|| choose(entries.len())).map(|place| entries.swap_remove(place));
        for (key, value) in old.into_iter().chain(evicted) {
            self.lifecycle.on_evict(out, key, value);
        }
    }

    pub(crate) fn replace_with_lifecycle(
        &self,
        key: K,
        value: V,
        _: bool,
        out: &mut L::RequestState,
    ) -> Result<(), (K, V)> {
        let mut entries = self.entries.lock();
        let Some((_, known)) = entries.iter_mut().find(|(known, _)| *known == key) else {
            return Err((key, value));
        };
        self.lifecycle.on_evict(out, key, std::mem::replace(known, value));
        Ok(())
    }

    pub(crate) fn drain(&self) -> impl Iterator<Item = (K, V)> {
        std::mem::take(&mut *self.entries.lock()).into_iter()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        self.entries.lock().clone().into_iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.lock().len()
    }
}
