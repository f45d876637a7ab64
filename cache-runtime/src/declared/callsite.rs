//! Where a policy is declared: the link from an annotated function to its cache.

use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use crate::cache::{Cache, Entry, ValueAdapter};
use crate::declared::slot::CacheSlot;
use crate::key::Key;
use crate::key::KeyWriter;
use crate::key::Tag;
use crate::load::{self, Miss, rendered_tag};
use crate::outcome::Reason;
use crate::policy::Policy;
use crate::tiers::PolicyState;
use crate::value::{self, Answer, KeptErrors, Kind, NotCompared, Ownership, Shape, Storage, Wrap};

/// The declaration of one policy.
pub struct Site {
    policy: Policy,
    slot: &'static CacheSlot,
    /// The policy's place in the slot's cache. For good: a slot is filled once.
    state: OnceLock<Arc<PolicyState>>,
}

impl Site {
    /// Declares a policy of functions that use the slot's cache.
    #[must_use]
    pub const fn new(policy: Policy, slot: &'static CacheSlot) -> Self {
        Self { policy, slot, state: OnceLock::new() }
    }

    /// Answers a call from the cache, or says how it is to go on.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "each cached function has one call of it, and a frame of its own costs a hit 4 %"
    )]
    pub fn lookup<R, A: Answer<R>>(
        &'static self,
        key: &KeyWriter,
        answer: A,
    ) -> ControlFlow<R, Miss> {
        // Not by `with`: a closure would have a frame of its own.
        #[cfg(feature = "testing")]
        if let Some(cache) = self.slot.isolated(&self.policy) {
            return load::look_up(&self.bind(&cache), key, answer);
        }
        load::look_up(self.state(), key, answer)
    }

    /// Leaves the cache aside, because the call's `when` is false.
    pub fn bypass(&'static self) -> Miss {
        self.with(|state| load::bypass(state, Reason::Bypassed))
    }

    pub(crate) fn with<T>(&'static self, then: impl FnOnce(&Arc<PolicyState>) -> T) -> T {
        #[cfg(feature = "testing")]
        if let Some(cache) = self.slot.isolated(&self.policy) {
            return then(&self.bind(&cache));
        }
        then(self.state())
    }

    #[inline]
    fn state(&'static self) -> &'static Arc<PolicyState> {
        self.state.get().unwrap_or_else(|| self.bind_for_good())
    }

    #[cold]
    #[inline(never)]
    fn bind_for_good(&'static self) -> &'static Arc<PolicyState> {
        self.state.get_or_init(|| self.bind(self.slot.cache()))
    }

    #[cold]
    fn bind(&'static self, cache: &Cache) -> Arc<PolicyState> {
        cache.bind(&self.policy)
    }

    pub(crate) fn policy(&'static self) -> &'static Policy {
        &self.policy
    }

    pub(crate) fn slot(&self) -> &'static CacheSlot {
        self.slot
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("policy", &self.policy)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

/// A checked reference to one entry of a cached function that returns `R` and keeps its values in `M`.
pub struct Reference<R, M> {
    pub(crate) site: &'static Site,
    pub(crate) key: Option<Key>,
    pub(crate) tags: Vec<Tag>,
    kind: PhantomData<fn() -> (R, M)>,
}

impl<R, M> Reference<R, M> {
    /// Refers to the entry under the rendered key.
    #[must_use]
    pub fn new(site: &'static Site, key: &KeyWriter) -> Self {
        Self { site, key: Key::new(key.as_bytes()), tags: Vec::new(), kind: PhantomData }
    }

    /// Adds a tag of the entry without placeholders.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(Tag::new(tag.as_bytes()));
        self
    }

    /// Adds a rendered tag of the entry.
    #[must_use]
    pub fn tag_with(mut self, render: impl FnOnce(&mut KeyWriter)) -> Self {
        self.tags.push(rendered_tag(render));
        self
    }

    /// What the function returns.
    #[must_use]
    pub fn kind(&self) -> Kind<R> {
        Kind::new()
    }
}

impl<R, M> fmt::Debug for Reference<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = self.site.policy.name;
        f.debug_struct("Reference")
            .field("policy", &policy)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A checked reference to a group of entries of one cached function: those whose keys have some arguments in common.
#[derive(Debug)]
pub struct Group {
    pub(crate) site: &'static Site,
    pub(crate) tag: Tag,
}

impl Group {
    /// Refers to the entries that carry the rendered tag.
    #[must_use]
    pub fn new(site: &'static Site, tag: &KeyWriter) -> Self {
        Self { site, tag: Tag::new(tag.as_bytes()) }
    }
}

/// Turns a reference into an entry under the type that is cached.
#[must_use]
pub fn entry<R, M, W, H>(reference: Reference<R, M>, shape: Shape<R, W, H>) -> Entry<W::Cached>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    M: Storage<H::Value, W::Inner> + Default,
{
    let Reference { site, key, tags, .. } = reference;
    let answer = value::returns(Shape::cached(shape), M::default(), KeptErrors, NotCompared);
    Entry::new(&site.policy, key, tags, ValueAdapter::of(answer))
}
