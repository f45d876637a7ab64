//! Watchers of a store: who is told what changes there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::RwLock;

use super::watch::Watch;
use crate::deferred_drop::Elsewhere;

/// The watchers of a store. What they remove is dropped elsewhere: whoever tells them must not wait for that.
#[derive(Default)]
pub(crate) struct Watchers {
    all: RwLock<Arc<[Arc<dyn Watch>]>>,
    elsewhere: Elsewhere,
}

impl Watchers {
    #[cfg(feature = "redis")]
    pub(crate) fn is_empty(&self) -> bool {
        self.all.read().is_empty()
    }

    /// One more, who is told at once that reports have begun, if they have.
    pub(crate) fn add(&self, watch: &Arc<dyn Watch>, begun: bool) {
        let mut all = self.all.write();
        *all = all.iter().chain([watch]).cloned().collect();
        drop(all);
        if begun {
            self.surely(&**watch, |watch| watch.restored());
        }
    }

    /// Tells of a change. A panic is the caller's, who has to conclude that somebody was not told.
    pub(crate) fn tell(&self, what: impl Fn(&dyn Watch)) {
        let all = Arc::clone(&self.all.read());
        self.elsewhere.drops(|| all.iter().for_each(|watch| what(&**watch)));
    }

    /// Tells that reports have begun.
    pub(crate) fn restored(&self) {
        self.tell(|watch| self.surely(watch, |watch| watch.restored()));
    }

    /// Tells that reports have ended.
    pub(crate) fn lost(&self) {
        self.tell(|watch| self.surely(watch, |watch| watch.lost()));
    }

    /// Tells one of something after which nothing could be done for it, whether it panics or not.
    fn surely(&self, watch: &dyn Watch, what: impl Fn(&dyn Watch)) {
        let told = catch_unwind(AssertUnwindSafe(|| self.elsewhere.drops(|| what(watch))));
        if told.is_err() {
            tracing::error!("a `Watch` panicked and may have missed that reports began or ended");
        }
    }
}
