//! Write-through: a successful write leaves its value in the cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;

use super::{End, Target, Write, Writing, transaction};
use crate::error::Result;
use crate::key::KeyWriter;
use crate::metrics::Event;
use crate::outcome::Refusal;
use crate::outstanding::{Outstanding, Sealed};
use crate::remote::{Budget, Change};
use crate::scope::{self, Mode};
use crate::site::{Reference, Site};
use crate::store::{Envelope, Versions};
use crate::strategy::{Outgoing, Plan};
use crate::tag::Tag;
use crate::tiers::Stamp;
use crate::token::Token;
use crate::value::{Form, Hold, Opened, Shape, Storage, Wrap};

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
    /// Writes through to the function's own entry.
    pub fn through<R, V, I, T, C>(
        mut self,
        site: &'static Site,
        key: &KeyWriter,
        plan: &Plan<R, V, I, T, C>,
    ) -> Self {
        let reference: Reference<(), ()> = Reference::new(site, key);
        self.through = Through::new(reference, plan.tags());
        self
    }

    /// Writes through to the entry of another function, under its policy.
    pub fn through_entry<R, M>(mut self, mut reference: Reference<R, M>) -> Self {
        let tags = std::mem::take(&mut reference.tags);
        self.through = Through::new(reference, &tags);
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
}

impl Through {
    fn new<R, M>(reference: Reference<R, M>, tags: &[Tag]) -> Option<Self> {
        let bound = reference.site.with(Arc::clone);
        let token = Token::new();
        let stamp = bound.tiers.local.stamp(tags);
        let tags = if bound.shared().is_some() { tags.to_vec() } else { Vec::new() };
        // Under a key that is too long nothing is ever stored.
        let target = Target { bound, key: reference.key?, token: Some(token), until: 0 };
        transaction::note(&target.key);
        let start = Instant::now();
        Some(Self { target, token, tags, stamp, versions: None, start, value: None })
    }

    /// Places the guard in the shared tier, and reads the versions there.
    pub(super) async fn place_guard(&mut self, guard: Duration, budget: Budget) -> Result<()> {
        let Some(remote) = self.target.bound.shared().map(Arc::clone) else { return Ok(()) };
        self.start = Instant::now();
        let mut own = budget;
        let versions = remote.versions(&mut own, &self.tags);
        let (placed, versions) = join(self.target.place_guard(guard, budget), versions).await;
        self.versions = versions.ok().filter(Versions::are_known);
        placed
    }

    fn store<R, V, I, T, C>(&mut self, plan: &Plan<R, V, I, T, C>, value: &R) {
        let bound = &self.target.bound;
        if bound.settings.off || scope::mode() == Mode::Bypass {
            return;
        }
        let inner = match (plan.answer.open)(value) {
            Opened::Value(inner) => Some(inner),
            Opened::Nothing => None,
            Opened::Failed => return,
        };
        let (form, stored) = (plan.answer.form, inner.map(plan.answer.share));
        let outgoing = plan.ttl_of(inner).and_then(|ttl| Outgoing::new(bound, form, ttl, stored));
        match outgoing.and_then(|value| self.sealed(value, form)) {
            Ok(value) => self.value = Some(value),
            Err(refusal) => bound.counters.count(refusal.event()),
        }
    }

    fn sealed(&self, value: Outgoing, form: &Form) -> Result<Value, Refusal> {
        let Self { target: Target { bound, .. }, token, versions, start, .. } = self;
        if bound.shared().is_none() {
            return Ok(Value::Here(value));
        }
        let versions = versions.clone().ok_or(Refusal::Unavailable)?;
        let sealed = value.sealed(bound, form, *token, versions, start.elapsed())?;
        Ok(Value::Shared(Box::new(sealed)))
    }

    pub(super) fn finish(self, end: End, hold: Option<Duration>, outstanding: &mut Outstanding) {
        let Self { target, token, tags, stamp, value, .. } = self;
        let Target { bound, key, .. } = &target;
        match (end, value) {
            (End::Written, Some(Value::Here(value))) => {
                let keep = bound.may_keep().unwrap_or_default();
                let value = Some(value.stamped(stamp, keep)).filter(|_| !keep.is_zero());
                let filled = bound.tiers.local.commit(key, token, value);
                let refused = match Refusal::by_store(filled) {
                    Some(_) if keep.is_zero() => Some(Refusal::Unavailable),
                    refused => refused,
                };
                match refused {
                    None => bound.counters.count(Event::WriteThrough),
                    Some(refusal) => bound.not_stored(refusal),
                }
                // A load that is under way has read the source before the write.
                bound.tiers.flights.detach(key);
                // If others keep their own: theirs are outdated.
                outstanding.entry(bound, key, Change::Commit(token));
            }
            (End::Written, Some(Value::Shared(value))) => {
                bound.tiers.local.commit(key, token, None);
                bound.tiers.flights.detach(key);
                let bound = Arc::clone(bound);
                outstanding.value(key, Sealed { bound, token, tags, value: *value });
            }
            _ => target.finish(end, hold, outstanding),
        }
    }
}

/// The storage of a reader's entry, if a writer's value is what the reader reads.
#[diagnostic::on_unimplemented(
    message = "the writer stores a `{Written}`, but the reader's entry holds a `{Read}`",
    label = "an entry that holds a `{Read}`",
    note = "write through to the entry of a function that returns a `{Written}`, or invalidate this one \
            with `#[invalidates(...)]` instead"
)]
pub trait StoresAlike<Read, Written>: Storage<Written> + Default {}

#[diagnostic::do_not_recommend]
impl<V, S: Storage<V> + Default> StoresAlike<V, V> for S {}

/// How the reader of an entry stores the value that a writer leaves there.
#[must_use]
pub fn storage_of<R, S, W, H, R2, W2, H2>(
    _: &Reference<R, S>,
    _: Shape<R, W, H>,
    _: Shape<R2, W2, H2>,
) -> impl Storage<H2::Value>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    W2: Wrap<R2>,
    H2: Hold<W2::Inner>,
    S: StoresAlike<H::Value, H2::Value>,
{
    S::default()
}
