//! Whether the task of a leader still polls its load.
//!
//! A future that is kept and not polled, as in `buffered` or after a `select!`, goes on doing nothing although what it
//! waited for is there. A waiter cannot tell it from a slow source by the time that passes; but it can by the waker: a load
//! that was woken and has not been polled since is *parked*.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use crate::clock::{Clock, Millis, millis};
use crate::sync::{AtomicBool, AtomicU64, Mutex};

/// How long a load is woken and not polled before others stop waiting for it. Longer than a task stands in the queue of a
/// busy executor: a load that is passed over too early is made twice.
pub(super) const PARKED: Duration = Duration::from_millis(50);

/// When a caller came: after so many flights had begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived(pub(super) u64);

impl Arrived {
    /// Tells whether the beginning with this number came later.
    pub(super) fn is_before(self, number: u64) -> bool {
        self.0 < number
    }
}

/// The polls of one load, and the wake-ups between them.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// The task that polls the load.
    task: Mutex<Option<Waker>>,
    polled: AtomicBool,
    /// When the load was woken first since its last poll began, in [`Millis`]; zero if it was not.
    woken: AtomicU64,
    /// How long it has been parked so far, in milliseconds.
    parked: AtomicU64,
    /// Somebody has waited for it as long as a call may.
    outwaited: AtomicBool,
    /// What the flight was to bring is stored, be it by this load or by one beside it.
    stored: AtomicBool,
    /// The number of the load's last beginning; see [`Flights::begins`](super::Flights::begins_anew).
    begun: AtomicU64,
}

impl Pulse {
    /// Drives a future, and takes note of when it is polled and when it is woken.
    pub(crate) async fn watch<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        self.watch_in(|| (), future).await
    }

    /// Drives a future with something in place for the length of each poll. One future and not two inside of each other:
    /// loads call loads, and each level has its frames on the stack.
    pub(crate) async fn watch_in<G, F: Future>(
        self: &Arc<Self>,
        enter: impl Fn() -> G,
        future: F,
    ) -> F::Output {
        let waker = Waker::from(Arc::clone(self));
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            let _polling = self.begin_poll(context.waker());
            let _scope = enter();
            future.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }

    /// How much of its time the load was parked: not the source's doing.
    pub(crate) fn parked(&self) -> Duration {
        Duration::from_millis(self.parked.load(Ordering::Relaxed))
    }

    /// Notes that somebody has waited for the load as long as a call may.
    pub(crate) fn outwait(&self) {
        self.outwaited.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_outwaited(&self) -> bool {
        self.outwaited.load(Ordering::Relaxed)
    }

    /// Notes that what the flight was to bring is stored.
    pub(crate) fn stored(&self) {
        self.stored.store(true, Ordering::Release);
    }

    pub(crate) fn is_stored(&self) -> bool {
        self.stored.load(Ordering::Acquire)
    }

    /// Gives the load's beginning a number.
    pub(super) fn begins(&self, number: u64) {
        self.begun.store(number, Ordering::Release);
    }

    /// The number of the load's last beginning.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Acquire)
    }

    /// When the load was woken that has not been polled since; `None` if it was not, or is being polled now.
    pub(super) fn unanswered(&self) -> Option<Millis> {
        let woken = self.woken.load(Ordering::Acquire);
        (woken != 0 && !self.polled.load(Ordering::Acquire)).then_some(woken)
    }

    fn begin_poll<'a>(&'a self, task: &Waker) -> impl Drop + use<'a> {
        set(&self.task, task);
        self.polls();
        Polling(&self.polled)
    }

    /// Notes that a poll begins.
    pub(super) fn polls(&self) {
        self.polled.store(true, Ordering::Release);
        let woken = self.woken.swap(0, Ordering::AcqRel);
        if woken != 0 {
            let waited = now().saturating_sub(woken);
            if waited >= millis(PARKED) {
                self.parked.fetch_add(waited, Ordering::Relaxed);
            }
        }
    }

    /// Notes that a poll has ended.
    pub(super) fn polled(&self) {
        self.polled.store(false, Ordering::Release);
    }

    /// Notes that the load was woken.
    pub(super) fn wakes(&self) {
        // The first counts: the others wake a task that is awake.
        let _ = self.woken.compare_exchange(0, now(), Ordering::AcqRel, Ordering::Relaxed);
    }
}

/// Sets the task that is to be woken.
pub(super) fn set(task: &Mutex<Option<Waker>>, to: &Waker) {
    if task.lock().as_ref().is_some_and(|known| known.will_wake(to)) {
        return;
    }
    // Not dropped under the lock: the last waker of a task ends it, and that may wake this one.
    let to = to.clone();
    let before = task.lock().replace(to);
    drop(before);
}

/// Wakes the task.
pub(super) fn wake(task: &Mutex<Option<Waker>>) {
    // Not under the lock: what wakes a task may run it.
    let task = task.lock().clone();
    if let Some(task) = task {
        task.wake();
    }
}

/// A poll under way.
struct Polling<'a>(&'a AtomicBool);

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Wake for Pulse {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes();
        wake(&self.task);
    }
}

/// On the coarse clock, which has the precision that this needs.
fn now() -> Millis {
    Clock::System.now()
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_load_is_unanswered_between_a_wake_up_and_the_next_poll() {
        let (pulse, (send, receive)) = (Arc::new(Pulse::default()), oneshot::channel::<u8>());
        let mut load = Box::pin(pulse.watch(receive));
        let mut poll =
            async || std::future::poll_fn(|context| Poll::Ready(load.as_mut().poll(context))).await;
        assert!(poll().await.is_pending());
        assert_eq!(pulse.unanswered(), None, "nothing has happened that it waits for");
        send.send(7).unwrap();
        assert!(pulse.unanswered().is_some());
        std::thread::sleep(2 * PARKED);
        assert_eq!(poll().await, Poll::Ready(Ok(7)));
        assert_eq!(pulse.unanswered(), None);
        assert!(pulse.parked() >= PARKED);
    }

    #[tokio::test]
    async fn a_load_that_wakes_itself_is_not_parked_while_it_is_polled() {
        let (pulse, mut polls) = (Arc::new(Pulse::default()), 0);
        let load = std::future::poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            assert_eq!(pulse.unanswered(), None, "it is being polled");
            if polls < 10 { Poll::Pending } else { Poll::Ready(()) }
        });
        pulse.watch(load).await;
        assert_eq!(polls, 10);
    }
}
