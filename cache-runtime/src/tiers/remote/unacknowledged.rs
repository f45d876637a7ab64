//! Changes on their way to the store: what becomes of one if nobody waits for its acknowledgement any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::outbox::Owed;
use super::tier::Remote;

/// A change on its way to the store. Dropped before it has ended, it is owed at once: the next call of whoever dropped it
/// must not be answered with what it ends.
pub(super) struct Unacknowledged {
    remote: Arc<Remote>,
    /// `None` if it ends nothing.
    owed: Option<Owed>,
    ended: Ended,
}

/// Says that a change has ended: the store has acknowledged it, or whoever made it has noted that it did not.
#[derive(Clone, Default)]
pub(super) struct Ended(Arc<AtomicBool>);

impl Unacknowledged {
    pub(super) fn new(remote: &Arc<Remote>, owed: impl Into<Option<Owed>>) -> Self {
        Self { remote: Arc::clone(remote), owed: owed.into(), ended: Ended::default() }
    }

    /// To be handed to whoever makes the change.
    pub(super) fn ended(&self) -> Ended {
        self.ended.clone()
    }
}

impl Ended {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Drop for Unacknowledged {
    fn drop(&mut self) {
        if self.ended.0.load(Ordering::Acquire) {
            return;
        }
        if let Some(owed) = &self.owed {
            self.remote.owe_unawaited(owed);
        }
    }
}
