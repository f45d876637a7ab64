//! Write-through: a successful write leaves its value in the cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;

use super::end::End;
use super::remote_changes::{RemoteChanges, WrittenValue};
use super::target::Target;
use crate::contained::contained;
use crate::counters::Event;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::load::{Outgoing, Plan};
use crate::outcome::Refusal;
use crate::scope::{self, Mode};
use crate::store::{Envelope, Versions};
use crate::tiers::remote::{Budget, Change, Remote};
use crate::tiers::{PolicyState, Stamp};
use crate::token::Token;
use crate::value::{ErasedCodec, Opened};

/// The entry that a function writes through.
pub(super) struct Through {
    pub(super) target: Target,
    token: Token,
    tags: Vec<Tag>,
    /// The versions of the entry's tags before the write.
    stamp: Stamp,
    /// The same in the remote tier; `None` if it did not say them.
    versions: Option<Versions>,
    start: Instant,
    value: Option<Value>,
}

/// What the write leaves in the cache.
enum Value {
    Local(Outgoing),
    Remote(Box<Envelope>),
}

impl Through {
    pub(super) fn new(state: Arc<PolicyState>, key: Key, tags: &[Tag]) -> Self {
        let token = Token::new();
        let stamp = state.tiers.local.stamp(tags);
        let tags = if state.remote().is_some() { tags.to_vec() } else { Vec::new() };
        let target = Target { state, key, token: Some(token), until: 0 };
        let start = Instant::now();
        Self { target, token, tags, stamp, versions: None, start, value: None }
    }

    /// Places the guard in the remote tier, and reads the versions there.
    pub(super) async fn place_guard(&mut self, guard: Duration, budget: Budget) -> Result<()> {
        let Some(remote) = self.target.state.remote().map(Arc::clone) else { return Ok(()) };
        self.start = Instant::now();
        let (placed, versions) = self.placing(remote, guard, budget).await;
        self.versions = versions;
        placed
    }

    /// The same once few enough others store a value by hand.
    pub(super) async fn place_guard_in_turn(&mut self, guard: Duration) {
        let Some(remote) = self.target.state.remote().map(Arc::clone) else { return };
        self.start = Instant::now();
        let placing = self.placing(Arc::clone(&remote), guard, Budget::new());
        self.versions = remote.in_turn(placing).await.and_then(|(_, versions)| versions);
    }

    fn placing(
        &self,
        remote: Arc<Remote>,
        guard: Duration,
        budget: Budget,
    ) -> impl Future<Output = (Result<()>, Option<Versions>)> + Send + use<> {
        let (address, token) = (self.target.state.address(&self.target.key), self.token);
        let tags = self.tags.clone();
        async move {
            let (mut own, mut others) = (budget, budget);
            let placed = remote.begin(&mut own, &address, token, guard);
            let (placed, versions) = join(placed, remote.versions(&mut others, &tags)).await;
            (placed.map(drop), versions.ok().filter(Versions::are_known))
        }
    }

    pub(super) fn store<R, V, I, T, C>(&mut self, plan: &Plan<R, V, I, T, C>, value: &R) {
        let state = &self.target.state;
        if state.settings.off || scope::mode() == Mode::Bypass {
            return;
        }
        let inner = match (plan.answer.open)(value) {
            Opened::Value(inner) => Some(inner),
            Opened::Nothing => None,
            Opened::Failed => return,
        };
        let erased_codec = plan.answer.erased_codec;
        let outgoing = contained(|| inner.map(plan.answer.share)).ok_or(Refusal::Panicked);
        let outgoing = outgoing.and_then(|stored| {
            plan.ttl_of(inner).and_then(|ttl| Outgoing::new(state, erased_codec, ttl, stored))
        });
        match outgoing.and_then(|value| self.encoded(value, erased_codec)) {
            Ok(value) => self.value = Some(value),
            Err(refusal) => state.not_stored(refusal),
        }
    }

    /// Sets a value that is there already.
    pub(super) fn store_by_hand(
        &mut self,
        value: Outgoing,
        erased_codec: &ErasedCodec,
    ) -> Result<(), Refusal> {
        self.value = Some(self.encoded(value, erased_codec)?);
        Ok(())
    }

    fn encoded(&self, value: Outgoing, erased_codec: &ErasedCodec) -> Result<Value, Refusal> {
        let Self { target: Target { state, .. }, token, versions, start, .. } = self;
        if state.remote().is_none() {
            return Ok(Value::Local(value));
        }
        let versions = versions.clone().ok_or(Refusal::Unavailable)?;
        let sealed =
            value.encoded(state, erased_codec, *token, versions, start.elapsed().into())?;
        Ok(Value::Remote(Box::new(sealed)))
    }

    pub(super) fn finish(self, end: End, hold: Option<Duration>, changes: &mut RemoteChanges) {
        let Self { target, token, tags, stamp, start, value, .. } = self;
        let Target { state, key, .. } = &target;
        match (end, value) {
            (End::Written, Some(Value::Local(value))) => {
                let keep = state.may_keep().unwrap_or_default();
                let value = value.stamped(state, start.elapsed(), stamp, keep);
                let value = Some(value).filter(|_| !keep.is_zero());
                // A load that is under way has read the source before the write.
                let filled = state.tiers.end_with_value(key, token, value);
                let refused = match Refusal::by_store(filled) {
                    Some(_) if keep.is_zero() => Some(Refusal::Unavailable),
                    refused => refused,
                };
                match refused {
                    None => state.counters.count(Event::WriteThrough),
                    Some(refusal) => state.not_stored(refusal),
                }
                // If others keep their own: theirs are outdated.
                let change = match (refused, hold) {
                    (Some(_), hold @ Some(_)) => Change::Abandon(token, hold),
                    _ => Change::Commit(token),
                };
                if change != Change::Commit(token) {
                    state.tiers.end_entry(key, change);
                }
                changes.entry(state, key, change);
            }
            (End::Written, Some(Value::Remote(value))) => {
                state.tiers.end_entry(key, Change::Commit(token));
                let state = Arc::clone(state);
                changes.value(key, WrittenValue { state, token, tags, value: *value, hold });
            }
            _ => target.finish(end, hold, changes),
        }
    }
}
