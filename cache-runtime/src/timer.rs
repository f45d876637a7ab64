//! Waits that end by themselves, on any executor.
//!
//! On a timer of its own, because the caller's executor may be any, and because a test that pauses its executor's clock
//! must not turn every wait into a timeout.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::sync::Delay;

/// How often somebody who waits for what nobody tells looks whether it is so.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a future for at most `limit`; `None` if that was not enough. A limit that no clock can tell is none.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut timer = delay(limit);
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let Some(timer) = &mut timer else { return Poll::Pending };
        Pin::new(timer).poll(context).map(|()| None)
    })
    .await
}

/// Waits until something is so that nobody tells, for at most `limit`; false if that was not enough.
pub(crate) async fn until(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let looks = async {
        while !is_so() {
            Delay::new(LOOK).await;
        }
    };
    within(limit, looks).await.is_some()
}

/// A timer; `None` for a time that never comes, for which `Delay` panics.
fn delay(time: Duration) -> Option<Delay> {
    Instant::now().checked_add(time).map(|_| Delay::new(time))
}

/// Runs a future, and every `period` until its end another one that `beat` makes, until that answers `false`.
pub(crate) async fn with_beat<T, B>(
    future: impl Future<Output = T>,
    period: Duration,
    mut beat: impl FnMut() -> B,
) -> T
where
    B: Future<Output = bool>,
{
    let mut future = pin!(future);
    let mut timer = delay(period);
    let mut beating: Option<Pin<Box<B>>> = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        loop {
            if let Some(running) = &mut beating {
                let Poll::Ready(go_on) = running.as_mut().poll(context) else { break };
                beating = None;
                timer = go_on.then(|| delay(period)).flatten();
            }
            let Some(delay) = &mut timer else { break };
            if Pin::new(delay).poll(context).is_pending() {
                break;
            }
            timer = None;
            beating = Some(Box::pin(beat()));
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn a_wait_ends_with_its_future_or_its_limit() {
        assert_eq!(within(1000 * MS, ready(7)).await, Some(7));
        assert_eq!(within(MS, pending::<u8>()).await, None);
        assert_eq!(within(Duration::MAX, within(MS, pending::<u8>())).await, Some(None));
    }

    #[tokio::test]
    async fn a_wait_for_what_nobody_tells_ends_when_it_is_so_or_with_its_limit() {
        let looks = Cell::new(0);
        let third = || {
            looks.set(looks.get() + 1);
            looks.get() == 3
        };
        assert!(until(Duration::MAX, third).await);
        assert!(!until(MS, || false).await);
    }

    #[tokio::test]
    async fn a_beat_comes_until_it_says_no_or_the_future_ends() {
        let beats = Cell::new(0);
        let beat = || {
            beats.set(beats.get() + 1);
            ready(beats.get() < 3)
        };
        // Ends some beats' time after the last of them, however slow the machine is.
        let end = async {
            while beats.get() < 3 {
                Delay::new(MS).await;
            }
            Delay::new(10 * MS).await;
        };
        with_beat(end, MS, beat).await;
        assert_eq!(beats.get(), 3);
        assert_eq!(with_beat(ready(7), MS, || ready(true)).await, 7);
        assert_eq!(with_beat(ready(7), Duration::MAX, || ready(true)).await, 7);
    }
}
