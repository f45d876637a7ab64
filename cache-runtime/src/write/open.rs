//! The open transaction of this thread, and the writes that it is to end.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::Poll;

use parking_lot::Mutex;

use super::end::End;
use super::remote_changes::RemoteChanges;
use super::touched::Touched;
use crate::scope::{self, Written};

thread_local! {
    static OPEN: RefCell<Option<Arc<Transaction>>> = const { RefCell::new(None) };
}

/// The writes of one scope, to be ended together.
#[derive(Default)]
struct Transaction {
    pending: Mutex<Vec<(Touched, End)>>,
    written: Arc<Written>,
}

impl Transaction {
    /// Ends all writes. What a function of the scope said of itself counts only if the scope was successful.
    fn finish(&self, outcome: End) -> RemoteChanges {
        let mut changes = RemoteChanges::default();
        // What a write ends is dropped, and may not be dropped under the lock.
        let pending = std::mem::take(&mut *self.pending.lock());
        for (touched, end) in pending {
            let end = match (outcome, end) {
                // The statement of a write that was dropped may outlast the scope, however that ended.
                (End::Written, end) | (_, end @ End::Interrupted) => end,
                (outcome, _) => outcome,
            };
            changes.append(touched.finish(end));
        }
        changes
    }
}

/// Ends the writes if the scope is dropped before its end.
#[derive(Default)]
pub(super) struct Unfinished(Arc<Transaction>);

impl Unfinished {
    /// Ends the writes.
    pub(super) fn finish(&self, end: End) -> RemoteChanges {
        self.0.finish(end)
    }

    /// Polls what stands inside.
    pub(super) fn inside<T>(&self, poll: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let _open = Open::enter(&self.0);
        let _scope = scope::transaction(&self.0.written);
        poll()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.finish(End::Interrupted).detach();
    }
}

/// Keeps a transaction in place on this thread for the length of a poll.
struct Open(Option<Arc<Transaction>>);

impl Open {
    fn enter(transaction: &Arc<Transaction>) -> Self {
        let mine = Some(Arc::clone(transaction));
        Self(OPEN.try_with(|open| open.replace(mine)).unwrap_or_default())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let outer = self.0.take();
        let _mine = OPEN.try_with(|open| open.replace(outer));
    }
}

/// The transaction around the call. There is none where a thread that ends drops what it has kept, writes under way among it.
fn open() -> Option<Arc<Transaction>> {
    OPEN.try_with(|open| open.borrow().clone()).ok().flatten()
}

/// Tells whether this runs inside of a transaction.
pub(super) fn is_open() -> bool {
    OPEN.try_with(|open| open.borrow().is_some()).unwrap_or(false)
}

/// Hands over what the transaction, if there is one, has touched.
pub(super) fn with_written(note: impl FnOnce(&Written)) {
    if let Some(transaction) = open() {
        note(&transaction.written);
    }
}

/// Leaves the end of a write to the transaction; gives it back if there is none.
pub(super) fn defer(touched: Touched, end: End) -> Option<Touched> {
    let Some(transaction) = open() else { return Some(touched) };
    transaction.pending.lock().push((touched, end));
    None
}
