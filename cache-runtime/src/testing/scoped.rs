//! A future that runs with a test's caches in place.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::declared::isolate::Isolated;

/// Runs a future with these caches in place, whichever thread polls or drops it.
pub(super) fn scoped<F: Future>(
    isolated: &Isolated,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    let mut scoped = Scoped { isolated: isolated.clone(), future: Some(Box::pin(future)) };
    std::future::poll_fn(move |context| scoped.poll(context))
}

/// A future that runs, and ends, with a test's caches in place: a write that is cancelled invalidates as it is dropped.
struct Scoped<F> {
    isolated: Isolated,
    /// There until the drop.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Scoped<F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.isolated.enter();
        self.future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(context))
    }
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        let _entered = self.isolated.enter();
        self.future = None;
    }
}
