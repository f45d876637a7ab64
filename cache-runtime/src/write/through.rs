//! Write-through: a successful write leaves its value in the cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;

use super::{End, Target, Write, Writing};
use crate::counters::Event;
use crate::error::Result;
use crate::key::Key;
use crate::key::Tag;
use crate::load::{Outgoing, Plan};
use crate::outcome::Refusal;
use crate::scope::{self, Mode};
use crate::store::{Envelope, Versions};
use crate::tiers::remote::{Budget, Change};
use crate::tiers::{PolicyState, Stamp};
use crate::token::Token;
use crate::value::{Form, Opened};
use crate::write::outstanding::{Outstanding, Sealed, change_here};

/// The entry that a function writes through.
pub(super) struct Through {
    pub(super) target: Target,
    token: Token,
    tags: Vec<Tag>,
    /// The versions of the entry's tags before the write.
    stamp: Stamp,
    /// The same in the shared tier; `None` if it did not say them.
    versions: Option<Versions>,
    start: Instant,
    value: Option<Value>,
}

/// What the write leaves in the cache.
enum Value {
    Here(Outgoing),
    Shared(Box<Envelope>),
}

impl Write {
    /// Writes through to an entry.
    pub(crate) fn through_to(
        mut self,
        state: Arc<PolicyState>,
        key: Option<Key>,
        tags: &[Tag],
    ) -> Self {
        match key {
            Some(key) => self.through = Some(Through::new(state, key, tags)),
            // Nothing is ever stored under it, so there is nothing to guard either.
            None if !state.settings.off => state.key_too_long(),
            None => {}
        }
        self
    }
}

impl Writing {
    /// Sets the value that the write leaves in the cache if it is successful.
    pub fn store<R, V, I, T, C>(&mut self, plan: &Plan<R, V, I, T, C>, value: &R) {
        if let Some(through) = &mut self.through {
            through.store(plan, value);
        }
    }

    /// The same for a value that is there already.
    pub(crate) fn store_by_hand(&mut self, value: Outgoing, form: &Form) -> Result<(), Refusal> {
        if let Some(through) = &mut self.through {
            through.value = Some(through.sealed(value, form)?);
        }
        Ok(())
    }
}

impl Through {
    fn new(state: Arc<PolicyState>, key: Key, tags: &[Tag]) -> Self {
        let token = Token::new();
        let stamp = state.tiers.local.stamp(tags);
        let tags = if state.remote().is_some() { tags.to_vec() } else { Vec::new() };
        let target = Target { state, key, token: Some(token), until: 0 };
        let start = Instant::now();
        Self { target, token, tags, stamp, versions: None, start, value: None }
    }

    /// Places the guard in the shared tier, and reads the versions there.
    pub(super) async fn place_guard(&mut self, guard: Duration, budget: Budget) -> Result<()> {
        let Some(remote) = self.target.state.remote().map(Arc::clone) else { return Ok(()) };
        self.start = Instant::now();
        let mut own = budget;
        let versions = remote.versions(&mut own, &self.tags);
        let (placed, versions) = join(self.target.place_guard(guard, budget), versions).await;
        self.versions = versions.ok().filter(Versions::are_known);
        placed
    }

    fn store<R, V, I, T, C>(&mut self, plan: &Plan<R, V, I, T, C>, value: &R) {
        let state = &self.target.state;
        if state.settings.off || scope::mode() == Mode::Bypass {
            return;
        }
        let inner = match (plan.answer.open)(value) {
            Opened::Value(inner) => Some(inner),
            Opened::Nothing => None,
            Opened::Failed => return,
        };
        let (form, stored) = (plan.answer.form, inner.map(plan.answer.share));
        let outgoing = plan.ttl_of(inner).and_then(|ttl| Outgoing::new(state, form, ttl, stored));
        match outgoing.and_then(|value| self.sealed(value, form)) {
            Ok(value) => self.value = Some(value),
            Err(refusal) => state.not_stored(refusal),
        }
    }

    fn sealed(&self, value: Outgoing, form: &Form) -> Result<Value, Refusal> {
        let Self { target: Target { state, .. }, token, versions, start, .. } = self;
        if state.remote().is_none() {
            return Ok(Value::Here(value));
        }
        let versions = versions.clone().ok_or(Refusal::Unavailable)?;
        let sealed = value.sealed(state, form, *token, versions, start.elapsed().into())?;
        Ok(Value::Shared(Box::new(sealed)))
    }

    pub(super) fn finish(self, end: End, hold: Option<Duration>, outstanding: &mut Outstanding) {
        let Self { target, token, tags, stamp, value, .. } = self;
        let Target { state, key, .. } = &target;
        match (end, value) {
            (End::Written, Some(Value::Here(value))) => {
                let keep = state.may_keep().unwrap_or_default();
                let value = Some(value.stamped(stamp, keep)).filter(|_| !keep.is_zero());
                let filled = state.tiers.local.commit(key, token, value);
                let refused = match Refusal::by_store(filled) {
                    Some(_) if keep.is_zero() => Some(Refusal::Unavailable),
                    refused => refused,
                };
                match refused {
                    None => state.counters.count(Event::WriteThrough),
                    Some(refusal) => state.not_stored(refusal),
                }
                // A load that is under way has read the source before the write.
                state.tiers.flights.detach(key);
                // If others keep their own: theirs are outdated.
                let change = match (refused, hold) {
                    (Some(_), hold @ Some(_)) => Change::Abandon(token, hold),
                    _ => Change::Commit(token),
                };
                if change != Change::Commit(token) {
                    change_here(state, key, change);
                }
                outstanding.entry(state, key, change);
            }
            (End::Written, Some(Value::Shared(value))) => {
                state.tiers.local.commit(key, token, None);
                state.tiers.flights.detach(key);
                let state = Arc::clone(state);
                outstanding.value(key, Sealed { state, token, tags, value: *value, hold });
            }
            _ => target.finish(end, hold, outstanding),
        }
    }
}
