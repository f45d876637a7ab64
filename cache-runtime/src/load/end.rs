//! The end of a load: with a value, with an error, or without either.

use std::time::Duration;

use super::leases::{LocalLease, RemoteLease, Role};
use super::state::{Load, Next};
use crate::counters::Event;
use crate::deferred_drop::discard;
use crate::flight::LoadResult;
use crate::outcome::Reason;
use crate::tiers::{PolicyState, Tiers};
use crate::value::{Erased, Stored};

impl Load {
    /// Ends a load that brought an error, which may be one that its waiters can be given. If there is a value to be served in
    /// its place, gives that, and has the next load wait.
    pub(super) fn fail(mut self, error: Option<Erased>) -> Option<Stored> {
        self.state.counters.count(Event::Load);
        self.state.counters.count(Event::LoadError);
        if let Some(value) = self.take_old() {
            self.state.load_fails();
            self.finish(LoadResult::Stale(value.clone(), Reason::StaleOnError), true);
            return Some(value);
        }
        self.end(error.map_or(LoadResult::Failed, LoadResult::Error));
        None
    }

    /// Ends a load that need not be made, because a load has failed lately, with the value that is there.
    pub(super) fn answer_old(self, value: Stored) -> Next {
        self.state.counters.count(Event::StaleOnError);
        self.end(LoadResult::Stale(value.clone(), Reason::StaleOnError));
        Next::Value(value, Reason::StaleOnError)
    }

    /// The value that is there, if it may still be served: its window is open, and nothing in this process has ended it.
    fn take_old(&mut self) -> Option<Stored> {
        let old = self.old.take()?;
        let stands = match self.role {
            Role::Alone | Role::Ended => self.state.tiers.local.peek(&self.key).is_some(),
            Role::Lead { .. } | Role::Beside { .. } => self.state.stands(&self.key, self.flight()),
        };
        if stands && old.is_open(&self.state) {
            return Some(old.value);
        }
        discard(old.value);
        None
    }

    /// Ends a refresh that is not to be made; no other begins in this process before that time is over.
    pub(super) fn put_off(mut self, pause: Duration) -> Next {
        let old = self.old.take();
        if self.local == LocalLease::Held && !pause.is_zero() {
            self.state.tiers.local.back_off(&self.key, self.flight(), pause);
            self.local = LocalLease::Busy;
        }
        self.end(LoadResult::Abandoned);
        Next::Value(old.and_then(|old| old.value), Reason::Stale)
    }

    /// Ends the load without a store.
    pub(super) fn end(mut self, result: LoadResult) {
        self.finish(result, false);
    }

    /// Ends the load; with a pause, the next one waits.
    fn finish(&mut self, result: LoadResult, pause: bool) {
        let (flight, remote) =
            (self.flight(), std::mem::replace(&mut self.remote, RemoteLease::None));
        let role = std::mem::replace(&mut self.role, Role::Ended);
        if let Some(old) = self.old.take() {
            discard(old.value);
        }
        let Tiers { local, flights, .. } = &*self.state.tiers;
        if matches!(role, Role::Beside { .. }) && !matches!(result, LoadResult::Value(_)) {
            // Only a value is as good as what the flight is to bring, which goes on.
            if !matches!(result, LoadResult::Abandoned) {
                flights.give_up_after(&self.key, flight, self.state.endurance());
            }
            return;
        }
        let pause = pause.then(|| PolicyState::pause(flight));
        if self.local == LocalLease::Held {
            match pause {
                Some(pause) => local.back_off(&self.key, flight, pause),
                None => local.release(&self.key, flight),
            }
        }
        if let Some(remote) = remote.into_release(flight) {
            remote.release(self.address(), flight, pause);
        }
        if !matches!(role, Role::Alone) {
            flights.end(&self.key, flight, result);
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if matches!(self.role, Role::Ended) {
            return;
        }
        if std::thread::panicking() {
            self.state.counters.count(Event::LoadPanic);
            // Callers who are given the old value would start one load after the other.
            let pause = self.old.is_some();
            if pause {
                self.state.load_fails();
            }
            self.finish(LoadResult::Failed, pause);
        } else {
            self.state.counters.count(Event::LoadCancelled);
            self.finish(LoadResult::Abandoned, false);
        }
    }
}
