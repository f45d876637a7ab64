//! Time as the cache sees it: milliseconds on a monotonic clock.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use crate::sync::AtomicU64;

/// A point in time, in milliseconds since an arbitrary start.
///
/// Never the wall clock: a clock that an administrator sets back would bring dead entries back to life.
pub(crate) type Millis = u64;

/// Where a cache reads the time.
///
/// An enum and not a trait object, because every hit reads it: the system clock is a coarse monotonic one
/// (a few nanoseconds where `Instant::now` costs tens, and over a hundred on some virtual machines), exact to
/// a few milliseconds, which is what a ttl needs.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// The coarse monotonic clock of the operating system.
    System,
    /// A clock that stands still until a test advances it.
    Manual(ManualClock),
}

impl Clock {
    /// Reads the clock.
    #[inline]
    pub(crate) fn now(&self) -> Millis {
        match self {
            Self::System => {
                // Without the crate's shared "recent" cell: a store per hit to one line would make all
                // threads contend for it.
                let now = coarsetime::Instant::now_without_cache_update();
                // Since the operating system's own start: one of ours would be one more thing to read.
                // Never zero: zero marks "already past" in stored deadlines.
                coarsetime::Duration::from_ticks(now.as_ticks()).as_millis() + 1
            }
            Self::Manual(clock) => clock.now(),
        }
    }
}

/// Somebody who does something at a time, and has no thread to wait for it.
pub(crate) trait Ticking: Send + Sync {
    /// Called when the clock has moved, with no lock held.
    fn ticked(&self);
}

/// A clock that moves only when it is told to; clones are the same clock.
///
/// ```
/// # use cache_runtime::{cached, testing, traced};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::time::Duration;
///
/// let cache = testing::isolate();
/// square(3).await;
/// cache.clock().advance(Duration::from_secs(59));
/// assert!(traced(square(3)).await.1.is_hit());
/// cache.clock().advance(Duration::from_secs(1));
/// assert!(traced(square(3)).await.1.is_miss());
/// # });
/// ```
#[derive(Clone)]
#[doc(alias = "mock clock")]
pub struct ManualClock(Arc<Manual>);

struct Manual {
    now: AtomicU64,
    told: Mutex<Vec<Weak<dyn Ticking>>>,
}

impl ManualClock {
    /// Makes a clock that stands still.
    #[must_use]
    #[cfg_attr(
        feature = "testing",
        expect(clippy::new_without_default, reason = "a default clock would be the system's")
    )]
    pub fn new() -> Self {
        Self(Arc::new(Manual { now: AtomicU64::new(1), told: Mutex::default() }))
    }

    /// Moves the clock forward.
    ///
    /// Entries whose lifetime ends within `by` are expired when this returns. They and those that a tag has ended are given
    /// back: their values are dropped, on this thread. (With the system's clock another thread does that, within seconds.)
    pub fn advance(&self, by: Duration) {
        let by = millis(by);
        let moved = |now: Millis| Some(now.saturating_add(by));
        // Always `Some`.
        let _ = self.0.now.fetch_update(Ordering::AcqRel, Ordering::Acquire, moved);
        let told: Vec<_> = self.0.told.lock().iter().filter_map(Weak::upgrade).collect();
        for told in told {
            told.ticked();
        }
    }

    /// Tells somebody from now on when the clock has moved.
    pub(crate) fn tell(&self, who: Weak<dyn Ticking>) {
        let mut told = self.0.told.lock();
        told.retain(|told| told.strong_count() > 0);
        told.push(who);
    }

    fn now(&self) -> Millis {
        self.0.now.load(Ordering::Acquire)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

/// Whole milliseconds of a duration, rounded up and saturating: a ttl of 0.5 ms is not zero.
pub(crate) fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_rounded_up_and_saturates() {
        assert_eq!(millis(Duration::ZERO), 0);
        assert_eq!(millis(Duration::from_micros(1)), 1);
        assert_eq!(millis(Duration::from_millis(5)), 5);
        assert_eq!(millis(Duration::MAX), u64::MAX);
    }

    #[test]
    fn a_clock_that_is_moved_as_far_as_it_goes_stays_there() {
        let clock = ManualClock::new();
        clock.advance(Duration::MAX);
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), Millis::MAX);
    }

    #[test]
    fn the_system_clock_moves_forward_and_is_never_zero() {
        let start = Clock::System.now();
        assert_ne!(start, 0);
        while Clock::System.now() == start {
            std::hint::spin_loop();
        }
        assert!(Clock::System.now() > start);
    }
}
