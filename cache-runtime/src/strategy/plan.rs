//! What a call adds to its policy: rendered tags, a computed ttl, a condition on the value.

use std::marker::PhantomData;
use std::time::Duration;

use crate::key::KeyWriter;
use crate::tag::Tag;
use crate::value::Answer;

/// What a call adds to its policy. `V` is the value that is stored, so that closures need no annotation.
pub struct Plan<V, T = FromPolicy, C = Always> {
    tags: Vec<Tag>,
    ttl: T,
    store_if: C,
    value: PhantomData<fn(&V)>,
}

/// The ttl is the policy's.
#[derive(Clone, Copy, Debug)]
pub struct FromPolicy;
/// The ttl was computed for this call.
#[derive(Clone, Copy, Debug)]
pub struct ForCall(Duration);
/// The ttl is computed from the value.
#[derive(Clone, Copy, Debug)]
pub struct ByValue<F>(F);
/// Every value is stored.
#[derive(Clone, Copy, Debug)]
pub struct Always;
/// Values that meet a condition are stored.
#[derive(Clone, Copy, Debug)]
pub struct If<F>(F);

/// Where a value's ttl comes from.
pub trait Lifetime<V> {
    /// The computed ttl of a value, or of a call that returned `None`; `None` if the policy's stands.
    fn ttl(&self, value: Option<&V>) -> Option<Duration>;
}

impl<V> Lifetime<V> for FromPolicy {
    fn ttl(&self, _: Option<&V>) -> Option<Duration> {
        None
    }
}

impl<V> Lifetime<V> for ForCall {
    fn ttl(&self, _: Option<&V>) -> Option<Duration> {
        Some(self.0)
    }
}

impl<V, F: Fn(&V) -> Duration> Lifetime<V> for ByValue<F> {
    fn ttl(&self, value: Option<&V>) -> Option<Duration> {
        value.map(&self.0)
    }
}

/// Which values are stored.
pub trait Condition<V> {
    /// Tells whether to store the value.
    fn holds(&self, value: &V) -> bool;
}

impl<V> Condition<V> for Always {
    fn holds(&self, _: &V) -> bool {
        true
    }
}

impl<V, F: Fn(&V) -> bool> Condition<V> for If<F> {
    fn holds(&self, value: &V) -> bool {
        (self.0)(value)
    }
}

impl<V> Plan<V> {
    /// Starts a plan for a function that returns so.
    #[must_use]
    pub fn new<R>(_: impl Answer<R, Value = V>) -> Self {
        Self { tags: Vec::new(), ttl: FromPolicy, store_if: Always, value: PhantomData }
    }
}

impl<V, T, C> Plan<V, T, C> {
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The computed ttl of a value, or of a `None`; `None` if the policy's stands.
    pub(crate) fn ttl_of(&self, value: Option<&V>) -> Option<Duration>
    where
        T: Lifetime<V>,
    {
        self.ttl.ttl(value)
    }

    /// Tells whether the value is to be stored.
    pub(crate) fn stores(&self, value: &V) -> bool
    where
        C: Condition<V>,
    {
        self.store_if.holds(value)
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
    pub fn ttl(self, ttl: Duration) -> Plan<V, ForCall, C> {
        let Self { tags, store_if, value, .. } = self;
        Plan { tags, ttl: ForCall(ttl), store_if, value }
    }

    /// Computes the ttl from the value.
    #[must_use]
    pub fn ttl_by<F: Fn(&V) -> Duration>(self, ttl: F) -> Plan<V, ByValue<F>, C> {
        let Self { tags, store_if, value, .. } = self;
        Plan { tags, ttl: ByValue(ttl), store_if, value }
    }

    /// Stores only values that meet the condition.
    #[must_use]
    pub fn store_if<F: Fn(&V) -> bool>(self, condition: F) -> Plan<V, T, If<F>> {
        let Self { tags, ttl, value, .. } = self;
        Plan { tags, ttl, store_if: If(condition), value }
    }
}

pub(crate) fn rendered_tag(render: impl FnOnce(&mut KeyWriter)) -> Tag {
    let mut writer = KeyWriter::new();
    render(&mut writer);
    Tag::new(writer.as_bytes())
}
