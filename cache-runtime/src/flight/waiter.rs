//! Waiting for a flight to end, or for its leader to be parked.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Landing;
use super::pulse::{PARKED, Pulse};
use crate::clock::Millis;
use crate::timer::within;

/// How often a waiter looks whether the leader is parked, if a thousand or fewer wait.
const LOOK: Duration = Duration::from_millis(25);

/// How a wait ended.
pub(crate) enum Awaited {
    /// The flight ended, so.
    Landed(Landing),
    /// The load was woken and is not polled.
    Parked,
    /// The time is up.
    TimedOut,
}

/// What those wait on who wait for one flight.
pub(super) struct Channel {
    landing: OnceLock<Landing>,
    landed: Notify,
    pulse: Arc<Pulse>,
}

impl Channel {
    pub(super) fn new(pulse: &Arc<Pulse>) -> Arc<Self> {
        let (landing, landed) = (OnceLock::new(), Notify::new());
        Arc::new(Self { landing, landed, pulse: Arc::clone(pulse) })
    }

    /// Tells all who wait. Not to be called under a lock: it wakes tasks.
    pub(super) fn land(channel: Option<Arc<Self>>, landing: Landing) {
        if let Some(channel) = channel {
            // Set once only: whoever lands a channel has taken it from the table.
            let _ = channel.landing.set(landing);
            channel.landed.notify_waiters();
        }
    }
}

/// A caller's seat in someone else's flight.
pub(crate) struct Waiter(Arc<Channel>);

impl Waiter {
    pub(super) fn new(channel: &Arc<Channel>) -> Self {
        Self(Arc::clone(channel))
    }

    /// Waits for the flight's end, for at most `limit`.
    pub(crate) async fn landing(self, limit: Duration) -> Awaited {
        let start = Instant::now();
        let mut seen: Option<(Millis, Instant)> = None;
        loop {
            let left = limit.saturating_sub(start.elapsed());
            if let Some(landing) = within(left.min(self.look()), self.landed()).await {
                return Awaited::Landed(landing);
            }
            // Seen twice, and some time apart: what stood still was not this whole process.
            seen = match (self.0.pulse.unanswered(), seen) {
                (Some(woken), Some((before, since))) if woken == before => {
                    if since.elapsed() >= PARKED {
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

    async fn landed(&self) -> Landing {
        loop {
            // Registered before the look, so that a landing in between wakes it.
            let mut landed = std::pin::pin!(self.0.landed.notified());
            landed.as_mut().enable();
            if let Some(landing) = self.0.landing.get() {
                return landing.clone();
            }
            landed.await;
        }
    }

    /// The time to the next look: longer the more wait, so that their timers together cost no more.
    fn look(&self) -> Duration {
        let thousands = Arc::strong_count(&self.0) / 1_000;
        LOOK.saturating_mul(u32::try_from(thousands).unwrap_or(u32::MAX).saturating_add(1))
    }
}
