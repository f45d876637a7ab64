//! The pulses of several loads that have one body.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use super::pulse::{self, Pulse};
use crate::sync::Mutex;

/// The polls of the body of several loads, which are those of each of them.
#[derive(Debug)]
pub(crate) struct Pulses {
    each: Vec<Arc<Pulse>>,
    /// The task that polls the body.
    task: Mutex<Option<Waker>>,
}

impl Pulses {
    pub(crate) fn of(each: Vec<Arc<Pulse>>) -> Arc<Self> {
        Arc::new(Self { each, task: Mutex::default() })
    }

    /// As [`Pulse::watch_in`].
    pub(crate) async fn watch_in<G, F: Future>(
        self: Arc<Self>,
        enter: impl Fn() -> G,
        future: F,
    ) -> F::Output {
        let waker = Waker::from(Arc::clone(&self));
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            pulse::set(&self.task, context.waker());
            let _polling = Polling::begin(&self.each);
            let _scope = enter();
            future.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }
}

impl Wake for Pulses {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        for pulse in &self.each {
            pulse.wakes();
        }
        pulse::wake(&self.task);
    }
}

/// A poll under way.
struct Polling<'a>(&'a [Arc<Pulse>]);

impl<'a> Polling<'a> {
    fn begin(each: &'a [Arc<Pulse>]) -> Self {
        for pulse in each {
            pulse.polls();
        }
        Self(each)
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        for pulse in self.0 {
            pulse.polled();
        }
    }
}
