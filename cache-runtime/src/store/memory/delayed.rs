//! Delayed bumps: a version changes once more at a later time.

use std::sync::atomic::Ordering;

use crate::clock::Millis;
use crate::sync::{AtomicU64, Mutex};
use crate::times::Times;

/// The delayed bumps of a version. Whoever needs the version looks whether one of them is due.
#[derive(Debug, Default)]
pub(super) struct DelayedBumps {
    /// The first of the times; zero if there is none.
    first: AtomicU64,
    times: Mutex<Times<Millis>>,
}

impl DelayedBumps {
    pub(super) fn add(&self, at: Millis) {
        let mut times = self.times.lock();
        times.add(at.max(1));
        self.first.store(times.first().unwrap_or(0), Ordering::Release);
    }

    /// The first of the times.
    pub(super) fn first(&self) -> Option<Millis> {
        Some(self.first.load(Ordering::Acquire)).filter(|at| *at != 0)
    }

    /// The next of the times, and the last; zero if there is none.
    pub(super) fn coming(&self, now: Millis) -> (Option<Millis>, Millis) {
        if self.first().is_none() {
            return (None, 0);
        }
        let times = self.times.lock();
        (times.next(now), times.last().unwrap_or(0))
    }

    /// Changes the version if that is due.
    #[inline]
    pub(super) fn catch_up(&self, now: Millis, change: impl FnOnce()) {
        let first = self.first.load(Ordering::Acquire);
        if first != 0 && first <= now {
            self.change_due(now, change);
        }
    }

    #[cold]
    fn change_due(&self, now: Millis, change: impl FnOnce()) {
        let mut times = self.times.lock();
        if times.take_due(now) {
            // The version first: a reader that finds nothing due must find the new version.
            change();
            self.first.store(times.first().unwrap_or(0), Ordering::Release);
        }
    }
}
