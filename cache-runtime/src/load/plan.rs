//! What a call adds to its policy: rendered tags, a computed ttl, a condition on the value.

use std::time::Duration;

use crate::contained::contained;
use crate::key::{KeyWriter, Tag};
use crate::outcome::Refusal;
use crate::value::{Answer, Vtable};

/// What a call adds to its policy, and what is known of its return type `R`, in which an `I` holds a value of type `V`,
/// so that closures need no annotation. The closures stand beside functions that call them, and not under bounds: see
/// `Vtable`.
pub struct Plan<R, V, I, T = (), C = ()> {
    pub(crate) answer: Vtable<R, V, I>,
    tags: Vec<Tag>,
    ttl: T,
    ttl_of: fn(&T, Option<&V>) -> Option<Duration>,
    store_if: C,
    stores: fn(&C, &V) -> bool,
}

impl<R, V, I> Plan<R, V, I> {
    /// Starts a plan for a function that returns so.
    #[must_use]
    pub fn new<A: Answer<R, Value = V, Inner = I>>(_: A) -> Self {
        Self {
            answer: Vtable::of::<A>(),
            tags: Vec::new(),
            ttl: (),
            ttl_of: |(), _| None,
            store_if: (),
            stores: |(), _| true,
        }
    }
}

impl<R, V, I, T, C> Plan<R, V, I, T, C> {
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The tags, for a call that outlives the borrow of its plan.
    pub(crate) fn take_tags(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.tags)
    }

    /// The computed ttl of a value, or of a `None`; `None` if the policy's stands. A value that does not meet the
    /// condition is refused, and one for which an expression panics: the call has its value without the cache, too.
    pub(crate) fn ttl_of(&self, inner: Option<&I>) -> Result<Option<Duration>, Refusal> {
        let value = inner.map(self.answer.look);
        let judged = contained(|| {
            let stores = value.is_none_or(|value| (self.stores)(&self.store_if, value));
            stores.then(|| (self.ttl_of)(&self.ttl, value)).ok_or(Refusal::StoreIf)
        });
        judged.unwrap_or(Err(Refusal::Panicked))
    }

    /// Adds a tag without placeholders.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(Tag::new(tag.as_bytes()));
        self
    }

    /// Adds a rendered tag.
    #[must_use]
    pub fn tag_with(mut self, render: impl FnOnce(&mut KeyWriter)) -> Self {
        self.tags.push(rendered_tag(render));
        self
    }

    /// Sets the ttl for this call.
    #[must_use]
    pub fn ttl(self, ttl: Duration) -> Plan<R, V, I, Duration, C> {
        let Self { answer, tags, store_if, stores, .. } = self;
        Plan { answer, tags, ttl, ttl_of: |ttl, _| Some(*ttl), store_if, stores }
    }

    /// Computes the ttl from the value.
    #[must_use]
    pub fn ttl_by<F: Fn(&V) -> Duration>(self, ttl: F) -> Plan<R, V, I, F, C> {
        let Self { answer, tags, store_if, stores, .. } = self;
        Plan { answer, tags, ttl, ttl_of: |ttl, value| value.map(ttl), store_if, stores }
    }

    /// Stores only values that meet the condition.
    #[must_use]
    pub fn store_if<F: Fn(&V) -> bool>(self, condition: F) -> Plan<R, V, I, T, F> {
        let Self { answer, tags, ttl, ttl_of, .. } = self;
        Plan { answer, tags, ttl, ttl_of, store_if: condition, stores: |holds, value| holds(value) }
    }
}

pub(crate) fn rendered_tag(render: impl FnOnce(&mut KeyWriter)) -> Tag {
    let mut writer = KeyWriter::new();
    render(&mut writer);
    Tag::new(writer.as_bytes())
}
