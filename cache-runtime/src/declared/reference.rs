//! Checked references to what cached functions have stored: to one entry, and to a group of entries.

use std::fmt;
use std::marker::PhantomData;

use crate::cache::{Entry, ValueAdapter};
use crate::declared::slot::CacheSlot;
use crate::key::{Key, KeyWriter, Tag};
use crate::load::rendered_tag;
use crate::policy::Policy;
use crate::value::{self, KeptErrors, Kind, NotCompared, Ownership, Shape, Storage, Wrap};

/// A checked reference to one entry of a cached function that returns `R` and keeps its values in `M`.
pub struct Reference<R, M> {
    pub(crate) policy: Policy,
    pub(crate) slot: &'static CacheSlot,
    pub(crate) key: Option<Key>,
    pub(crate) tags: Vec<Tag>,
    kind: PhantomData<fn() -> (R, M)>,
}

impl<R, M> Reference<R, M> {
    /// Refers to the entry of a policy under the rendered key.
    ///
    /// The policy is a value here, and no callsite: a second `static` in each function is more work for the compiler than
    /// looking the policy up is for a write.
    #[must_use]
    pub fn new(policy: Policy, slot: &'static CacheSlot, key: &KeyWriter) -> Self {
        let key = Key::new(key.as_bytes());
        Self { policy, slot, key, tags: Vec::new(), kind: PhantomData }
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
        f.debug_struct("Reference")
            .field("policy", &self.policy.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A checked reference to a group of entries of one cached function: those whose keys have some arguments in common.
#[derive(Debug)]
pub struct Group {
    pub(crate) policy: Policy,
    pub(crate) slot: &'static CacheSlot,
    pub(crate) tag: Tag,
}

impl Group {
    /// Refers to the entries of a policy that carry the rendered tag.
    #[must_use]
    pub fn new(policy: Policy, slot: &'static CacheSlot, tag: &KeyWriter) -> Self {
        Self { policy, slot, tag: Tag::new(tag.as_bytes()) }
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
    let Reference { policy, key, tags, .. } = reference;
    let answer = value::returns(Shape::cached(shape), M::default(), KeptErrors, NotCompared);
    Entry::new(policy, key, tags, ValueAdapter::of(answer))
}
