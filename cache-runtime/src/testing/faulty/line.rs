//! The line on which a store reports changes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::key::{Key, Tag};
use crate::store::{Store, Watch, Watchers};
use crate::token::Token;

/// The way of reports from a store to those who watch it.
#[derive(Default)]
pub(super) struct Line {
    watchers: Watchers,
    state: Mutex<State>,
    /// The store behind it reports.
    begun: AtomicBool,
    /// The store behind it is watched.
    watched: AtomicBool,
}

/// What becomes of reports.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    /// They are passed on.
    #[default]
    Up,
    /// They are dropped, and nobody knows.
    Dropping,
    /// They are dropped, and everybody knows.
    Down,
}

impl Line {
    pub(super) fn is_up(&self) -> bool {
        *self.state.lock() != State::Down
    }

    pub(super) fn add(self: &Arc<Self>, store: &dyn Store, watch: &Arc<dyn Watch>) {
        let begun = self.begun.load(Ordering::Acquire) && self.is_up();
        self.watchers.add(watch, begun);
        if !self.watched.swap(true, Ordering::AcqRel) {
            store.watch(Arc::new(Relay(Arc::downgrade(self))));
        }
    }

    /// Changes what becomes of reports, and tells of it if that is something to know.
    pub(super) fn set(&self, state: State) {
        let before = std::mem::replace(&mut *self.state.lock(), state);
        if !self.begun.load(Ordering::Acquire) {
            return;
        }
        match (before, state) {
            (State::Up | State::Dropping, State::Down) => self.watchers.lost(),
            (State::Down, State::Up | State::Dropping) => self.watchers.restored(),
            _ => {}
        }
    }

    fn begin(&self, begun: bool) {
        self.begun.store(begun, Ordering::Release);
        match (self.is_up(), begun) {
            (true, true) => self.watchers.restored(),
            (true, false) => self.watchers.lost(),
            (false, _) => {}
        }
    }
}

/// Watches the store behind a line.
struct Relay(Weak<Line>);

impl Relay {
    fn line(&self, act: impl FnOnce(&Line)) {
        if let Some(line) = self.0.upgrade() {
            act(&line);
        }
    }

    fn pass_on(&self, what: impl Fn(&dyn Watch)) {
        self.line(|line| {
            if *line.state.lock() == State::Up {
                line.watchers.tell(what);
            }
        });
    }
}

impl Watch for Relay {
    fn restored(&self) {
        self.line(|line| line.begin(true));
    }

    fn changed(&self, key: &Key) {
        self.pass_on(|watch| watch.changed(key));
    }

    fn announced(&self, key: &Key, by: Token) {
        self.pass_on(|watch| watch.announced(key, by));
    }

    fn bumped(&self, tag: &Tag) {
        self.pass_on(|watch| watch.bumped(tag));
    }

    fn cleared(&self) {
        self.pass_on(|watch| watch.cleared());
    }

    fn lost(&self) {
        self.line(|line| line.begin(false));
    }
}
