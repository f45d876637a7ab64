//! The server's clock, read on this machine.

use std::time::Instant;

use parking_lot::Mutex;

/// How far the server's clock is ahead of the monotonic one of this process.
///
/// Each answer that holds the server's time bounds the offset: the time was read after the question was sent, and
/// before the answer came. An estimate stays until an answer bounds it closer, or proves it wrong; so it does not waver with
/// the network, and follows the server's clock where that is set.
#[derive(Debug)]
pub(super) struct ServerClock {
    start: Instant,
    estimate: Mutex<Option<Estimate>>,
}

/// In microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Estimate {
    offset: i64,
    /// How wide the bounds were.
    doubt: i64,
}

impl ServerClock {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), estimate: Mutex::default() }
    }

    /// Takes note of the server's time in the answer to what was sent at `sent`: from and to so many microseconds.
    pub(super) fn observe(&self, server: (i64, i64), sent: Instant, received: Instant) {
        let (sent, received) = (self.elapsed(sent), self.elapsed(received));
        let (low, high) = (server.0.saturating_sub(received), server.1.saturating_sub(sent));
        let doubt = high.saturating_sub(low);
        let sample = Estimate { offset: low.saturating_add(doubt / 2), doubt };
        let mut estimate = self.estimate.lock();
        let stays = estimate.is_some_and(|known| {
            known.doubt <= sample.doubt && (low..=high).contains(&known.offset)
        });
        if !stays {
            *estimate = Some(sample);
        }
    }

    /// The server's time in milliseconds; zero if it was never heard of.
    pub(super) fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> u64 {
        let Some(Estimate { offset, .. }) = *self.estimate.lock() else { return 0 };
        u64::try_from(self.elapsed(now).saturating_add(offset) / 1_000).unwrap_or(0)
    }

    /// Microseconds since the start. Monotonic.
    fn elapsed(&self, at: Instant) -> i64 {
        i64::try_from(at.saturating_duration_since(self.start).as_micros()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOON: i64 = 1_700_000_000_000_000;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn an_answer_tells_the_time_to_half_a_round_trip() {
        let (clock, start) = (ServerClock::new(), Instant::now());
        assert_eq!(clock.now(), 0);
        clock.observe((NOON, NOON), start, start + ms(4));
        assert_eq!(clock.at(start + ms(2)), 1_700_000_000_000);
        assert_eq!(clock.at(start + ms(1_002)), 1_700_000_001_000);
    }

    #[test]
    fn a_slower_answer_changes_nothing_unless_it_proves_the_estimate_wrong() {
        let (clock, start) = (ServerClock::new(), Instant::now());
        clock.observe((NOON, NOON), start, start + ms(2));
        let before = *clock.estimate.lock();
        clock.observe((NOON + 10_000, NOON + 10_000), start, start + ms(40));
        assert_eq!(*clock.estimate.lock(), before);
        // The server's clock was set back by a second.
        clock.observe((NOON - 1_000_000, NOON - 1_000_000), start, start + ms(40));
        assert_ne!(*clock.estimate.lock(), before);
        let off = clock.at(start).abs_diff(1_699_999_999_000);
        assert!(off <= 20, "{off}");
    }

    #[test]
    fn a_time_in_milliseconds_does_not_prove_one_in_microseconds_wrong() {
        let (clock, start) = (ServerClock::new(), Instant::now());
        clock.observe((NOON + 900, NOON + 900), start, start + Duration::from_micros(80));
        let before = *clock.estimate.lock();
        clock.observe((NOON, NOON + 999), start, start + Duration::from_micros(60));
        assert_eq!(*clock.estimate.lock(), before);
    }

    #[test]
    fn times_out_of_range_are_endured() {
        let (clock, now) = (ServerClock::new(), Instant::now());
        for server in [i64::MIN, -1, 0, i64::MAX] {
            clock.observe((server, server), now, now);
            let _ = clock.now();
        }
    }
}
