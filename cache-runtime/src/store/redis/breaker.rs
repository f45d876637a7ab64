//! The breaker: when a server is given up, and when it is asked again.
//!
//! A connection is given up when it breaks, when the server says that it is not able to serve, and when several answers
//! in a row are overdue while not a single byte has come: a server that is only slow keeps it. Where bytes come that are
//! never an answer, heartbeats find that out (`tracking`).

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::failure::Failure;
use crate::token::Token;

/// How many answers in a row may be overdue in silence.
const SILENCES: u32 = 3;

/// Answers that are overdue since so many bytes have come.
#[derive(Debug, Default)]
pub(super) struct Silence {
    heard: u64,
    overdue: u32,
}

impl Silence {
    /// Takes note of an answer that is overdue, sent and given up when so many bytes had come. Tells whether that is
    /// one too many.
    pub(super) fn is_broken_off(&mut self, sent: u64, now: u64) -> bool {
        if self.heard != now {
            *self = Self { heard: now, overdue: 0 };
        }
        self.overdue += u32::from(sent == now);
        self.overdue >= SILENCES
    }
}

/// Whether a server that answers like this is not to be asked any more.
pub(super) fn ends_connection(failure: &Failure) -> bool {
    match failure {
        Failure::Lost | Failure::Replica => true,
        Failure::Refused(code) => matches!(code.as_str(), "LOADING" | "MASTERDOWN" | "READONLY"),
        _ => false,
    }
}

/// Waits for the end of some work, but not longer than so.
pub(super) async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut work = pin!(work);
    if let Ok(done) = timeout(time, work.as_mut()).await {
        return done;
    }
    // It may be the thread of the connection that was late: what has come meanwhile counts, and is read when that thread
    // gets round to it, wherever this is awaited.
    let round = async {
        for _ in 0..3 {
            yield_now().await;
        }
    };
    let _ = tokio::spawn(round).await;
    timeout(Duration::ZERO, work).await.unwrap_or(Err(Failure::Late))
}

/// The pauses between attempts: from 20 ms to a second, each longer than the one before and a little off, so that the
/// processes that lost a server together do not come back together.
pub(super) struct Pause(Duration);

impl Pause {
    pub(super) fn new() -> Self {
        Self(Duration::from_millis(20))
    }

    /// Waits after a connection that lasted so long: not at all, unless the server drops what it has just accepted.
    pub(super) async fn after(&mut self, lasted: Duration) {
        if lasted > Duration::from_secs(1) {
            *self = Self::new();
        } else {
            self.wait().await;
        }
    }

    pub(super) async fn wait(&mut self) {
        sleep(self.next()).await;
    }

    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Duration::from_secs(1));
        // Random, because tokens are.
        let off = u32::try_from(Token::new().to_bits() % 256).unwrap_or(0);
        pause.saturating_sub(pause / 4 * off / 256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second() {
        let mut pause = Pause::new();
        let pauses: Vec<_> = std::iter::repeat_with(|| pause.next()).take(12).collect();
        let ms = Duration::from_millis;
        assert!(pauses[0] > ms(14) && pauses[0] <= ms(20), "{pauses:?}");
        assert!(pauses[11] > ms(740) && pauses[11] <= ms(1_000), "{pauses:?}");
        assert!(pauses[..7].is_sorted(), "{pauses:?}");
    }

    #[test]
    fn a_byte_ends_the_silence() {
        let mut silence = Silence::default();
        let overdue = [(5, 5), (5, 5), (5, 6), (6, 7), (7, 7), (7, 7)];
        assert!(!overdue.iter().any(|(sent, now)| silence.is_broken_off(*sent, *now)));
        assert!(silence.is_broken_off(7, 7));
    }

    #[test]
    fn a_refusal_ends_the_connection_only_if_the_server_cannot_serve() {
        let refused = |code: &str| ends_connection(&Failure::Refused(code.to_owned()));
        for code in ["LOADING", "MASTERDOWN", "READONLY"] {
            assert!(refused(code), "{code}");
        }
        for code in ["OOM", "NOPERM", "NOAUTH", "WRONGTYPE", "BUSY", "ERR", "NOSCRIPT"] {
            assert!(!refused(code), "{code}");
        }
        assert!(ends_connection(&Failure::Lost) && !ends_connection(&Failure::Garbled));
    }

    #[tokio::test]
    async fn work_that_is_done_when_this_thread_comes_back_is_not_late() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let answer = async { receiver.await.map_err(|_| Failure::Lost) };
        let blocks = async {
            yield_now().await;
            std::thread::sleep(Duration::from_millis(20));
            sender.send(7).unwrap();
        };
        let (done, ()) = tokio::join!(within(Duration::from_millis(5), answer), blocks);
        assert_eq!(done, Ok(7));
    }

    #[tokio::test]
    async fn work_that_does_not_end_is_late() {
        let never = std::future::pending::<Result<(), Failure>>();
        assert_eq!(within(Duration::from_millis(5), never).await, Err(Failure::Late));
    }
}
