//! The state of the sweeping thread: when something is due, and whether the thread runs.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::clock::{Clock, Millis};
use crate::sync::AtomicU64;

/// No time.
pub(super) const NEVER: Millis = Millis::MAX;

/// The sweeping thread as others see it: when it has something to do, and how it is woken.
#[derive(Debug)]
pub(super) struct Sweeper {
    /// When the first thing ends that was not seen to.
    pub(super) due: AtomicU64,
    pub(super) state: Mutex<State>,
    pub(super) woken: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// There is a thread.
    pub(super) runs: bool,
    /// The store is gone.
    over: bool,
}

impl Sweeper {
    pub(super) fn new() -> Arc<Self> {
        let (state, woken) = (Mutex::default(), Condvar::new());
        Arc::new(Self { due: AtomicU64::new(NEVER), state, woken })
    }

    /// Ends the thread. Nobody waits for it: this may be called on the thread itself.
    pub(super) fn end(&self) {
        self.state.lock().over = true;
        self.woken.notify_one();
    }

    /// Waits until something is due, but at least until `earliest`; false if the store is gone.
    pub(super) fn wait(&self, clock: &Clock, earliest: Millis) -> bool {
        let mut state = self.state.lock();
        loop {
            if state.over {
                return false;
            }
            let (now, due) = (clock.now(), self.due.load(Ordering::Acquire));
            if due == NEVER {
                self.woken.wait(&mut state);
            } else if due.max(earliest) <= now {
                return true;
            } else {
                let left = Duration::from_millis(due.max(earliest) - now);
                self.woken.wait_for(&mut state, left);
            }
        }
    }
}
