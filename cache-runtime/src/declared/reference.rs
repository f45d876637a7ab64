//! Checked references to what cached functions have stored: to one entry, and to a group of entries.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::cache::{Entry, ValueAdapter};
use crate::declared::slot::CacheSlot;
use crate::key::{Key, KeyWriter, Tag};
use crate::policy::Policy;
use crate::tiers::PolicyState;
use crate::value::{self, KeptErrors, Kind, NotCompared, Ownership, Shape, Storage, Wrap};

/// A checked reference to one entry of a cached function that returns `R` and keeps its values in `M`. `L` says whose its loads
/// are.
///
/// A batch makes one for each of its ids and looks up most of them, so nothing is allocated before it is known to be needed.
pub struct Reference<R, M, L = ByCaller> {
    policy: fn() -> Policy,
    pub(crate) slot: &'static CacheSlot,
    key: KeyWriter,
    tags: Option<Box<RenderedTags>>,
    kind: Types<R, M, L>,
}

/// Types without a value of them.
type Types<A, B, C> = PhantomData<fn() -> (A, B, C)>;

/// The loads of the function are its callers'.
#[derive(Debug)]
pub struct ByCaller;

/// The loads of the function are the cache's.
#[derive(Debug)]
pub struct ByCache;

impl<R, M, L> Reference<R, M, L> {
    /// Refers to the entry of a policy under a key that is rendered in its place.
    ///
    /// The policy is made by a function, and is no callsite: a second `static` in each function is more work for the compiler
    /// than looking the policy up is for a write.
    #[must_use]
    #[inline]
    pub fn new(
        policy: fn() -> Policy,
        slot: &'static CacheSlot,
        render: impl FnOnce(&mut KeyWriter),
    ) -> Self {
        let (key, tags) = (KeyWriter::new(), None);
        let mut reference = Self { policy, slot, key, tags, kind: PhantomData };
        render(&mut reference.key);
        reference
    }

    /// Adds a tag of the entry without placeholders.
    #[must_use]
    pub fn tag(self, tag: &str) -> Self {
        self.tag_with(|text| text.literal(tag))
    }

    /// Adds a rendered tag of the entry.
    #[must_use]
    pub fn tag_with(mut self, render: impl FnOnce(&mut KeyWriter)) -> Self {
        self.tags.get_or_insert_default().push(render);
        self
    }

    /// What the function returns.
    #[must_use]
    pub fn kind(&self) -> Kind<R> {
        Kind::new()
    }

    /// What an entry is made of: its policy, its key, its tags.
    pub(crate) fn into_parts(self) -> (Policy, Option<Key>, Vec<Tag>) {
        (self.policy(), self.key(), self.tags())
    }

    pub(crate) fn policy(&self) -> Policy {
        (self.policy)()
    }

    /// The policy in its cache.
    pub(crate) fn bound(&self) -> Arc<PolicyState> {
        self.slot.bound(&self.policy())
    }

    /// The key as it was rendered, whether an entry may have it or not.
    pub(crate) fn rendered(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// The key of the entry; `None` if it is longer than a key may be.
    pub(crate) fn key(&self) -> Option<Key> {
        Key::new(self.rendered())
    }

    pub(crate) fn tags(&self) -> Vec<Tag> {
        self.tags.as_ref().map_or_else(Vec::new, |tags| tags.each())
    }
}

/// The texts of tags, one after the other.
#[derive(Default)]
struct RenderedTags {
    text: KeyWriter,
    /// Where each of the first ends.
    ends: [usize; FEW_TAGS],
    len: usize,
    /// Where each of the others ends.
    more: Vec<usize>,
}

/// How many tags most entries have at most.
const FEW_TAGS: usize = 4;

impl RenderedTags {
    fn push(&mut self, render: impl FnOnce(&mut KeyWriter)) {
        render(&mut self.text);
        let end = self.text.as_bytes().len();
        match self.ends.get_mut(self.len) {
            Some(place) => {
                *place = end;
                self.len += 1;
            }
            None => self.more.push(end),
        }
    }

    fn each(&self) -> Vec<Tag> {
        let (text, mut begin) = (self.text.as_bytes(), 0);
        let ends = self.ends.iter().take(self.len).chain(&self.more);
        ends.map(|end| Tag::new(&text[std::mem::replace(&mut begin, *end)..*end])).collect()
    }
}

impl<R, M, L> fmt::Debug for Reference<R, M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference")
            .field("policy", &self.policy().name)
            .field("key", &self.key())
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
    pub fn new(
        policy: fn() -> Policy,
        slot: &'static CacheSlot,
        render: impl FnOnce(&mut KeyWriter),
    ) -> Self {
        let mut tag = KeyWriter::new();
        render(&mut tag);
        Self { policy: policy(), slot, tag: Tag::new(tag.as_bytes()) }
    }
}

/// Turns a reference into an entry under the type that is cached.
#[must_use]
pub fn entry<R, M, L, W, H>(
    reference: Reference<R, M, L>,
    shape: Shape<R, W, H>,
) -> Entry<W::Cached>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    M: Storage<H::Value, W::Inner> + Default,
{
    let answer = value::returns(Shape::cached(shape), M::default(), KeptErrors, NotCompared);
    let (policy, key, tags) = reference.into_parts();
    Entry::new(policy, key, tags, ValueAdapter::of(answer))
}
