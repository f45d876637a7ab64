//! Gives back what has ended: entries that have expired or that a tag has ended, leases and guards that are over, tags that
//! nothing carries.
//!
//! A thread of the store's own does it, started with the first thing that ends some day: a process that gets no calls any
//! more gives memory back too, whatever its executor. It sleeps until the first of these ends, and is woken by a tag
//! that something carries. On a clock that a test moves there is no thread: [`ManualClock::advance`] does it.
//!
//! It never holds a lock for more than [`STEP`] entries, nor while a value is dropped; and it looks at all of them at most
//! once in [`PAUSE`], and for a [twentieth](SHARE) of the time unless a pass takes longer than half a second, however often
//! something ends.
//!
//! [`ManualClock::advance`]: crate::clock::ManualClock::advance

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::ledger::{Place, Slot};
use super::store::MemoryStore;
use super::sweeper::{NEVER, Sweeper};
use crate::clock::{Clock, Millis, Ticking, millis};

/// How many entries are looked at in one go.
const STEP: Slot = 256;

/// How far apart the beginnings of two passes are, at least and at most: a pass that waited for a slow drop must not put off
/// the next for long.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// A pass is followed by a pause that is so many times as long, between the least and the most.
const SHARE: u32 = 20;

impl<P: Clone + Send + Sync + 'static> MemoryStore<P> {
    /// Sees to it that what ends then is given back soon after.
    pub(super) fn ends_at(&self, due: Millis) {
        // Almost always there is something that ends sooner.
        if due < self.sweeper.due.load(Ordering::Relaxed) {
            self.ends_first(due);
        }
    }

    #[cold]
    fn ends_first(&self, due: Millis) {
        self.sweeper.due.fetch_min(due, Ordering::AcqRel);
        if let Clock::Manual(_) = self.clock {
            return;
        }
        let mut state = self.sweeper.state.lock();
        if !state.runs {
            let (store, sweeper) = (Weak::clone(&self.this), Arc::clone(&self.sweeper));
            let clock = self.clock.clone();
            let thread = thread::Builder::new().name("cache-sweep".to_owned());
            // If there can be no thread now, the next who comes here tries again.
            state.runs = thread.spawn(move || run(&store, &sweeper, &clock)).is_ok();
        }
        drop(state);
        self.sweeper.woken.notify_one();
    }

    /// Looks at the next few entries; false if that was the end of it.
    pub(super) fn step(&self, pass: &mut Pass) -> bool {
        let now = self.clock.now();
        self.tags.catch_up(now);
        let is_current = |stamp: &_| self.tags.is_current(stamp, now);
        let mut next = NEVER;
        let more =
            self.entries.sweep(&mut pass.0, STEP, now, is_current, |ends| next = next.min(ends));
        if !more {
            next = next.min(self.holds.sweep(now)).min(self.tags.sweep(now));
        }
        if next != NEVER {
            self.sweeper.due.fetch_min(next, Ordering::AcqRel);
        }
        more
    }
}

/// How far the store has been looked at.
pub(super) struct Pass(Place);

impl Pass {
    /// What ends from here on is the next pass's, if this one does not come by it.
    pub(super) fn begin(sweeper: &Sweeper) -> Self {
        sweeper.due.store(NEVER, Ordering::Release);
        Self(Place::default())
    }
}

fn run<P: Clone + Send + Sync + 'static>(
    store: &Weak<MemoryStore<P>>,
    sweeper: &Sweeper,
    clock: &Clock,
) {
    let mut earliest = 0;
    while sweeper.wait(clock, earliest) {
        let began = Instant::now();
        let mut pass = Pass::begin(sweeper);
        loop {
            // Held for one step only: whoever drops the cache drops its values, and not this thread.
            let Some(store) = store.upgrade() else { return };
            if !store.step(&mut pass) {
                break;
            }
            drop(store);
            thread::yield_now();
        }
        let (least, most) = PAUSE;
        let pause = began.elapsed().saturating_mul(SHARE).clamp(least, most);
        earliest = clock.now().saturating_add(millis(pause));
    }
}

/// On a clock that a test moves.
impl<P: Clone + Send + Sync + 'static> Ticking for MemoryStore<P> {
    fn ticked(&self) {
        if self.sweeper.due.load(Ordering::Acquire) <= self.clock.now() {
            let mut pass = Pass::begin(&self.sweeper);
            while self.step(&mut pass) {}
        }
    }
}
