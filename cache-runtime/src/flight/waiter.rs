//! Waiting for a flight to end, or for its leader to be parked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::pulse::{Arrived, PARKED, Pulse};
use super::result::LoadResult;
use crate::clock::{Clock, Millis, millis};
use crate::sync::{Notify, OnceLock};
use crate::timer::within;

/// How often a waiter looks whether the leader is parked, if a thousand or fewer wait.
const LOOK: Duration = Duration::from_millis(25);

/// How late those who wait are woken.
static LATE: Late = Late { worst: AtomicU64::new(0), at: AtomicU64::new(0) };

/// How long that tells of how busy the executors are.
const RECENT: Duration = Duration::from_secs(1);

/// The latest that somebody was of late. Where there is more to do than there are cores, each task stands in a queue, and a
/// load that is not polled for a while is no sign of anything: to make it once more would add to the work.
struct Late {
    worst: AtomicU64,
    at: AtomicU64,
}

impl Late {
    fn note(&self, late: Duration) {
        let (late, now) = (millis(late), Clock::System.now());
        let is_old = now.saturating_sub(self.at.load(Ordering::Relaxed)) > millis(RECENT);
        // Of two at the same time one may be lost: there are more.
        if is_old || late >= self.worst.load(Ordering::Relaxed) {
            self.worst.store(late, Ordering::Relaxed);
            self.at.store(now, Ordering::Relaxed);
        }
    }

    /// How long a load may be left unpolled.
    fn patience(&self) -> Duration {
        PARKED.max(Duration::from_millis(self.worst.load(Ordering::Relaxed).saturating_mul(4)))
    }
}

/// How a wait ended.
pub(crate) enum Awaited {
    /// The flight ended with this result.
    Ended(LoadResult),
    /// The load was woken and is not polled.
    Parked,
    /// The time is up.
    TimedOut,
}

/// A channel on which callers wait for one flight.
pub(super) struct Channel {
    result: OnceLock<LoadResult>,
    ended: Notify,
    pulse: Arc<Pulse>,
}

impl Channel {
    pub(super) fn new(pulse: &Arc<Pulse>) -> Arc<Self> {
        let (result, ended) = (OnceLock::new(), Notify::new());
        Arc::new(Self { result, ended, pulse: Arc::clone(pulse) })
    }

    /// Gives all waiters the result. Not to be called under a lock: it wakes tasks.
    pub(super) fn send(channel: Option<Arc<Self>>, result: LoadResult) {
        if let Some(channel) = channel {
            // Set once only: whoever sends has taken the channel from the table.
            let _ = channel.result.set(result);
            channel.ended.notify_waiters();
        }
    }
}

/// A caller's wait for a flight of somebody else.
pub(crate) struct Waiter(Arc<Channel>);

impl Waiter {
    pub(super) fn new(channel: &Arc<Channel>) -> Self {
        Self(Arc::clone(channel))
    }

    /// Waits for the flight's end, for at most `limit`.
    pub(crate) async fn result(&self, limit: Duration) -> Awaited {
        let start = Instant::now();
        let mut seen: Option<(Millis, Instant)> = None;
        loop {
            let left = limit.saturating_sub(start.elapsed());
            let (look, before) = (left.min(self.look()), Instant::now());
            if let Some(result) = within(look, self.ended()).await {
                return Awaited::Ended(result);
            }
            LATE.note(before.elapsed().saturating_sub(look));
            // Seen twice, and some time apart: what stood still was not this whole process.
            seen = match (self.0.pulse.unanswered(), seen) {
                (Some(woken), Some((before, since))) if woken == before => {
                    if since.elapsed() >= LATE.patience() {
                        return Awaited::Parked;
                    }
                    seen
                }
                (woken, _) => woken.map(|woken| (woken, Instant::now())),
            };
            if left.is_zero() {
                return Awaited::TimedOut;
            }
        }
    }

    /// Tells whether whatever the flight brings was read after a caller came, which it was if its load has begun since.
    pub(crate) fn begins_after(&self, arrived: Arrived) -> bool {
        arrived.is_before(self.0.pulse.begun())
    }

    async fn ended(&self) -> LoadResult {
        loop {
            // Registered before the look, so that an end in between wakes it.
            let mut ended = std::pin::pin!(self.0.ended.notified());
            ended.as_mut().enable();
            if let Some(result) = self.0.result.get() {
                return result.clone();
            }
            ended.await;
        }
    }

    /// The time to the next look: longer the more wait, so that their timers together cost no more.
    fn look(&self) -> Duration {
        let thousands = Arc::strong_count(&self.0) / 1_000;
        LOOK.saturating_mul(u32::try_from(thousands).unwrap_or(u32::MAX).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn where_tasks_are_polled_late_a_load_may_be_left_unpolled_for_longer() {
        let late = Late { worst: AtomicU64::new(0), at: AtomicU64::new(0) };
        assert_eq!(late.patience(), PARKED);
        late.note(MS);
        assert_eq!(late.patience(), PARKED);
        late.note(100 * MS);
        late.note(3 * MS);
        assert_eq!(late.patience(), 400 * MS);
        // A second later.
        let before = late.at.load(Ordering::Relaxed) - millis(RECENT) - 1;
        late.at.store(before, Ordering::Relaxed);
        late.note(20 * MS);
        assert_eq!(late.patience(), 80 * MS);
    }
}
