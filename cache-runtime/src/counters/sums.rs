//! The counters of one policy in one cache, and their sums.
//!
//! Each thread adds to cells of its own with a plain load and store (0.4 ns; a shared atomic on a hot key costs
//! both threads a cache miss per hit); a reader sums them. A sum read while others count is a moment's view,
//! never torn and never going back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use thread_local::ThreadLocal;

use super::table::{CELLS, Cell, Event};

/// Load times fall into buckets that double: below 1 ms/16, /8, … up to over a minute.
const BUCKETS: usize = 21;
const FIRST_BUCKET_US: u64 = 64;

/// One thread's cells, on cache lines of their own.
#[repr(align(128))]
#[derive(Debug)]
struct Cells([AtomicU64; CELLS]);

impl Default for Cells {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; CELLS])
    }
}

impl Cells {
    /// Counts an event of this thread, whose cells these are.
    #[inline]
    fn count(&self, Cell(cell): Cell) {
        self.add(cell, 1);
    }

    #[inline]
    fn add(&self, cell: usize, times: u64) {
        let cell = &self.0[cell];
        // Only this thread writes the cell, so the addition needs no lock prefix.
        cell.store(cell.load(Ordering::Relaxed).wrapping_add(times), Ordering::Relaxed);
    }
}

thread_local! {
    /// This thread drops what it has kept, and can keep nothing new.
    static ENDS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    static LIVES: Lives = const { Lives };
}

/// Notes that the thread ends.
struct Lives;

impl Drop for Lives {
    fn drop(&mut self) {
        ENDS.set(true);
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    threads: ThreadLocal<Cells>,
    /// For threads that drop their last values, and with them the futures that they have kept: they have no cells any more.
    ending: Cells,
    load_times: [AtomicU64; BUCKETS],
    /// A moving average, in microseconds; zero until the first load.
    usual_load_us: AtomicU64,
}

impl Counters {
    #[inline]
    pub(crate) fn count(&self, event: impl Into<Cell>) {
        let cell = event.into();
        match self.threads.get() {
            Some(cells) => cells.count(cell),
            None => self.count_first(cell),
        }
    }

    /// Counts an event so many times.
    pub(crate) fn count_many(&self, event: Event, times: u64) {
        let Cell(cell) = Cell::from(event);
        if times == 0 {
            return;
        }
        match self.threads.get() {
            Some(cells) => cells.add(cell, times),
            None => (0..times).for_each(|_| self.count(event)),
        }
    }

    /// Makes this thread's cells, and counts the first event in them. Apart, because the cells are made on the stack, and a
    /// hit should not have a frame that is aligned for them.
    #[cold]
    #[inline(never)]
    fn count_first(&self, cell: Cell) {
        if ENDS.get() {
            self.ending.0[cell.0].fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.threads.get_or_default().count(cell);
        // After that, because what a thread has begun to keep last it drops first: this one before the cells' own.
        let _ = LIVES.try_with(|_| ());
    }

    pub(crate) fn load_took(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.load_times[bucket(us)].fetch_add(1, Ordering::Relaxed);
        // Two racing updates may lose one sample of an average: harmless.
        let old = self.usual_load_us.load(Ordering::Relaxed);
        let new = if old == 0 { us.max(1) } else { old - old / 8 + us / 8 };
        self.usual_load_us.store(new.max(1), Ordering::Relaxed);
    }

    /// How long a load usually takes; `None` before the first.
    pub(crate) fn usual_load(&self) -> Option<Duration> {
        let us = self.usual_load_us.load(Ordering::Relaxed);
        (us > 0).then(|| Duration::from_micros(us))
    }

    pub(crate) fn sum(&self, event: impl Into<Cell>) -> u64 {
        let Cell(cell) = event.into();
        let cells = self.threads.iter().chain([&self.ending]);
        cells.map(|cells| cells.0[cell].load(Ordering::Relaxed)).sum()
    }

    /// The load time that the given share of loads stayed below, to the precision of a doubling bucket.
    pub(crate) fn load_time(&self, share: f64) -> Option<Duration> {
        let counts: Vec<u64> = self.load_times.iter().map(|n| n.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count of loads: far below 2^52"
        )]
        let wanted = (total as f64 * share).ceil() as u64;
        let mut below = 0;
        counts.iter().zip(0..).find_map(|(&n, bucket)| {
            below += n;
            (n > 0 && below >= wanted).then(|| Duration::from_micros(FIRST_BUCKET_US << bucket))
        })
    }
}

fn bucket(us: u64) -> usize {
    let doublings = (us / FIRST_BUCKET_US).checked_ilog2().map_or(0, |n| n as usize + 1);
    doublings.min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::{Event, Refusal};

    #[test]
    fn counts_of_all_threads_are_summed() {
        let counters = Counters::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| counters.count(Event::Hit)));
            }
        });
        counters.count(Refusal::Overtaken);
        assert_eq!(counters.sum(Event::Hit), 4000);
        assert_eq!((counters.sum(Event::Miss), counters.sum(Event::WriteThrough)), (0, 0));
        assert_eq!(counters.sum(Refusal::Overtaken), 1);
    }

    #[test]
    fn load_times_are_reported_by_doubling_buckets() {
        let counters = Counters::default();
        assert_eq!(counters.load_time(0.5), None);
        assert_eq!(counters.usual_load(), None);
        for _ in 0..99 {
            counters.load_took(Duration::from_millis(1));
        }
        counters.load_took(Duration::from_secs(100));
        assert_eq!(counters.load_time(0.5), Some(Duration::from_micros(1024)));
        assert_eq!(counters.load_time(1.0), Some(Duration::from_micros(64 << 20)));
        assert_eq!(bucket(0), 0);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn the_usual_load_time_follows_the_loads() {
        let counters = Counters::default();
        for _ in 0..50 {
            counters.load_took(Duration::from_millis(10));
        }
        let usual = counters.usual_load().unwrap();
        assert!(usual > Duration::from_millis(9) && usual < Duration::from_millis(11), "{usual:?}");
    }
}
