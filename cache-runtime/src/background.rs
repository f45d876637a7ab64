//! Work in the background: a task of its own for what must not end with its caller.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::{Instrument, Span};

use crate::io::Io;

/// How many loads of one cache are under way in the background at most. Each holds what its body needs, and a source that
/// is behind with so many is not helped by more.
const MOST: usize = 1_000;

/// The loads of one cache that are under way in the background.
#[derive(Debug, Default)]
pub(crate) struct Background(Arc<AtomicUsize>);

impl Background {
    /// Takes a place; `None` if there is none, or nothing to run on.
    pub(crate) fn begin(&self) -> Option<Permit> {
        let more = |running: usize| (running < MOST).then_some(running + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        let running = Running(Arc::clone(&self.0));
        Some(Permit { runtime: runtime()?, running })
    }

    /// How many are under way.
    pub(crate) fn running(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A place for one load in the background, until it is dropped.
#[must_use = "the place is free again when this is dropped"]
pub(crate) struct Permit {
    runtime: Handle,
    running: Running,
}

impl Permit {
    /// Runs a future in the background, in the caller's span and surroundings. It goes on if the handle is dropped.
    pub(crate) fn spawn<T: Send + 'static>(
        self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let Self { runtime, running } = self;
        let surroundings = SURROUNDINGS.try_with(|current| current.borrow().clone());
        let surroundings = surroundings.ok().flatten();
        let future = async move {
            let _running = running;
            let mut future = pin!(future);
            poll_fn(|context| within(surroundings.as_ref(), || future.as_mut().poll(context))).await
        };
        runtime.spawn(future.instrument(Span::current()))
    }
}

/// What a thread has in place while it polls a task: it runs what it is given so. The isolated caches of a test are.
pub(crate) type Surroundings = Arc<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

thread_local! {
    static SURROUNDINGS: RefCell<Option<Surroundings>> = const { RefCell::new(None) };
}

/// Sets what tasks that are begun on this thread have in place; gives what it was before.
#[cfg_attr(
    not(feature = "testing"),
    expect(dead_code, reason = "only a test has something in place")
)]
pub(crate) fn surround(with: Option<Surroundings>) -> Option<Surroundings> {
    // In vain on a thread that ends.
    SURROUNDINGS.try_with(|current| current.replace(with)).ok().flatten()
}

fn within<T>(surroundings: Option<&Surroundings>, mut poll: impl FnMut() -> Poll<T>) -> Poll<T> {
    let Some(surroundings) = surroundings else { return poll() };
    let mut polled = Poll::Pending;
    surroundings(&mut || polled = poll());
    polled
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The caller's runtime, because what a body needs may live on it; for callers on other executors one of our own, on a thread
/// that is started when the first of them needs it.
fn runtime() -> Option<Handle> {
    static OWN: OnceLock<Option<Io>> = OnceLock::new();
    let own = || OWN.get_or_init(|| Io::start().ok()).as_ref().map(Io::handle);
    Handle::try_current().ok().or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_place_is_taken_until_the_future_has_ended_or_is_gone() {
        let background = Background::default();
        let places: Vec<_> = (0..MOST).filter_map(|_| background.begin()).collect();
        assert_eq!((places.len(), background.running()), (MOST, MOST));
        assert!(background.begin().is_none());
        drop(places);
        let place = background.begin().expect("they are free again");
        assert_eq!(place.spawn(async { 7 }).await.unwrap(), 7);
        assert_eq!(background.running(), 0);
    }

    #[test]
    fn without_a_runtime_there_is_one_of_our_own() {
        let place = Background::default().begin().expect("a thread can be started");
        let (send, receive) = std::sync::mpsc::channel();
        drop(place.spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            let _ = send.send(std::thread::current().name().map(str::to_owned));
        }));
        assert_eq!(receive.recv().unwrap().as_deref(), Some("cache-io"));
    }
}
