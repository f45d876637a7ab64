//! Write-through: a successful write leaves its value in the cache.

use std::sync::Arc;
use std::time::Duration;

use super::{End, Target, Write, Writing, transaction};
use crate::key::KeyWriter;
use crate::metrics::Event;
use crate::outcome::Refusal;
use crate::scope::{self, Mode};
use crate::site::{Reference, Site};
use crate::strategy::{Condition, Lifetime, Outgoing, Plan};
use crate::tag::Tag;
use crate::tiers::Stamp;
use crate::token::Token;
use crate::value::{Answer, Hold, Shape, Storage, Wrap};

/// The entry that a function writes through.
pub(super) struct Through {
    target: Target,
    token: Token,
    /// The versions of the entry's tags before the write.
    stamp: Stamp,
    value: Option<Outgoing>,
}

impl Write {
    /// Writes through to the function's own entry.
    pub fn through<V, T, C>(
        mut self,
        site: &'static Site,
        key: &KeyWriter,
        plan: &Plan<V, T, C>,
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
    pub fn store<R, A, T, C>(&mut self, answer: A, plan: &Plan<A::Value, T, C>, value: &R)
    where
        A: Answer<R>,
        T: Lifetime<A::Value>,
        C: Condition<A::Value>,
    {
        if let Some(through) = &mut self.through {
            through.store(answer, plan, value);
        }
    }
}

impl Through {
    fn new<R, M>(reference: Reference<R, M>, tags: &[Tag]) -> Option<Self> {
        let bound = reference.site.with(Arc::clone);
        let token = Token::new();
        let stamp = bound.tiers.local.stamp(tags);
        // Under a key that is too long nothing is ever stored.
        let target = Target { bound, key: reference.key?, token: Some(token) };
        Some(Self { target, token, stamp, value: None })
    }

    pub(super) fn begin(&self, guard: Duration) {
        let Target { bound, key, .. } = &self.target;
        transaction::note(key);
        bound.tiers.local.begin(key, self.token, guard);
    }

    fn store<R, A, T, C>(&mut self, answer: A, plan: &Plan<A::Value, T, C>, value: &R)
    where
        A: Answer<R>,
        T: Lifetime<A::Value>,
        C: Condition<A::Value>,
    {
        let bound = &self.target.bound;
        if bound.settings.off || scope::mode() == Mode::Bypass {
            return;
        }
        if let Some(stored) = answer.keep(value) {
            match Outgoing::new(bound, answer, plan, value, stored) {
                Ok(value) => self.value = Some(value),
                Err(refusal) => bound.counters.count(refusal.event()),
            }
        }
    }

    pub(super) fn finish(self, end: End, hold: Option<Duration>) {
        let Self { target, token, stamp, value } = self;
        let Target { bound, key, .. } = &target;
        let (End::Written, Some(value)) = (end, value) else {
            return target.finish(end, hold);
        };
        let filled = bound.tiers.local.commit(key, token, Some(value.stamped(stamp)));
        let refused = Refusal::by_store(filled);
        bound.counters.count(refused.map_or(Event::WriteThrough, Refusal::event));
        // A load that is under way has read the source before the write.
        bound.tiers.flights.detach(key);
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
