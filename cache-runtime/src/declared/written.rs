//! What a write names: entries, groups, tags, and the entry that it writes through.

use std::sync::Arc;

use crate::declared::callsite::Callsite;
use crate::declared::reference::{Group, Reference};
use crate::declared::registry::tiers_with;
use crate::key::{Key, KeyWriter};
use crate::load::{Plan, rendered_tag};
use crate::value::{Ended, Ownership, Shape, Storage, Wrap};
use crate::write::{Selectors, Write};

impl Selectors {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry of a cached function.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it was made for this, and its tags are not asked for"
    )]
    pub fn entry<R, M, L>(mut self, reference: Reference<R, M, L>) -> Self {
        // A key that is too long was never stored under.
        if let Some(key) = reference.key() {
            self.entries.push((reference.bound(), key));
        }
        self
    }

    /// Adds a group of entries of a cached function.
    pub fn group(mut self, group: Group) -> Self {
        self.tags.push((Arc::clone(&group.slot.bound(&group.policy).tiers), group.tag));
        self
    }

    /// Adds a tag, in every cache with a policy that declares it.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyWriter)) -> Self {
        let tag = rendered_tag(render);
        self.tags.extend(tiers_with(&tag).into_iter().map(|tiers| (tiers, tag.clone())));
        self
    }
}

impl Write {
    /// Writes through to the function's own entry.
    pub fn through<R, V, I, T, C>(
        self,
        callsite: &'static Callsite,
        key: &KeyWriter,
        plan: &Plan<R, V, I, T, C>,
    ) -> Self {
        self.through_to(callsite.with(Arc::clone), Key::new(key.as_bytes()), plan.tags())
    }

    /// Writes through to the entry of another function, under its policy.
    pub fn through_entry<R, M, L>(self, reference: Reference<R, M, L>) -> Self {
        let slot = reference.slot;
        let (policy, key, tags) = reference.into_parts();
        self.through_to(slot.bound(&policy), key, &tags)
    }
}

/// Fixes the type of a closure that names, after a successful write, what else is to be invalidated.
pub fn after<E, F>(_: &E, select: F) -> F
where
    E: Ended,
    F: FnOnce(&E::Success) -> Selectors,
{
    select
}

/// The storage of a reader's entry, if a writer's value is what the reader reads.
#[diagnostic::on_unimplemented(
    message = "the writer stores a `{Written}`, but the reader's entry holds a `{Read}`",
    label = "an entry that holds a `{Read}`",
    note = "write through to the entry of a function that returns a `{Written}`, or invalidate this one \
            with `#[invalidates(...)]` instead"
)]
pub trait StoresAlike<Read, Written> {}

#[diagnostic::do_not_recommend]
impl<V, S> StoresAlike<V, V> for S {}

/// How the reader of an entry stores the value that a writer leaves there.
#[must_use]
pub fn storage_of<R, S, L, W, H, R2, W2, H2>(
    _: &Reference<R, S, L>,
    _: Shape<R, W, H>,
    _: Shape<R2, W2, H2>,
) -> impl Storage<H2::Value, W2::Inner>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    W2: Wrap<R2>,
    H2: Ownership<W2::Inner>,
    S: StoresAlike<H::Value, H2::Value> + Storage<H2::Value, W2::Inner> + Default,
{
    S::default()
}
