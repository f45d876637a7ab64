//! Patterns whose entries are being ended, one after the other: until a sweep is over any of them may still be there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::key::{Key, Pattern};

#[derive(Default)]
pub(super) struct Sweeps {
    patterns: Mutex<Vec<Arc<Pattern>>>,
    /// Read on every call, so that the lock is taken only while there is a sweep.
    len: AtomicUsize,
}

/// One sweep; it is over when this is dropped.
pub(super) struct Sweep {
    sweeps: Arc<Sweeps>,
    pattern: Arc<Pattern>,
}

impl Sweeps {
    pub(super) fn begin(self: &Arc<Self>, pattern: Pattern) -> Sweep {
        let pattern = Arc::new(pattern);
        let mut patterns = self.patterns.lock();
        patterns.push(Arc::clone(&pattern));
        self.len.store(patterns.len(), Ordering::Release);
        Sweep { sweeps: Arc::clone(self), pattern }
    }

    /// Tells whether a sweep may not have come to this entry yet.
    pub(super) fn concern(&self, key: &Key) -> bool {
        self.len.load(Ordering::Acquire) > 0
            && self.patterns.lock().iter().any(|pattern| pattern.matches(key.as_bytes()))
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        let mut patterns = self.sweeps.patterns.lock();
        patterns.retain(|pattern| !Arc::ptr_eq(pattern, &self.pattern));
        self.sweeps.len.store(patterns.len(), Ordering::Release);
    }
}
