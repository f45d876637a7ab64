//! What a batch function is made of: its body, and what is known of what it returns.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::key::{Key, Tag};
use crate::load::plan::Plan;
use crate::load::state::Load;
use crate::tiers::PolicyState;
use crate::value::{Apart, Erased, Split};

/// The body of a batch function, which is called with some of the ids. The closure stands beside the function that calls it,
/// and not under a bound: see `Vtable`.
pub struct Body<P, T, F> {
    closure: P,
    call: fn(&P, Vec<T>) -> F,
}

impl<P: Fn(Vec<T>) -> F, T, F> Body<P, T, F> {
    /// A closure that takes ids.
    pub fn new(closure: P) -> Self {
        Self { closure, call: |closure, ids| closure(ids) }
    }
}

impl<P, T, F> Body<P, T, F> {
    pub(super) fn call(&self, ids: Vec<T>) -> F {
        (self.call)(&self.closure, ids)
    }
}

/// What is known of the return type `B` of a batch function, which holds its values as a `C`.
pub struct Whole<B, C, T, I, D> {
    /// Takes apart what the function returned.
    pub(crate) apart: fn(B) -> Apart<B, C>,
    /// Makes what the function returns.
    pub(crate) made: fn(C) -> B,
    /// See [`Vtable`](crate::value::Vtable).
    pub(crate) share_error: fn(&B) -> Option<Erased>,
    pub(crate) give_error: fn(&Erased) -> Option<B>,
    /// What tells the entry of a value.
    pub(crate) by: D,
    /// Puts the values of one call in the places of their ids.
    pub(crate) split: fn(&D, C, &Places<'_, T>) -> Split<I>,
    /// Puts all values together, each beside its id.
    pub(crate) join: fn(Vec<T>, Vec<Option<I>>) -> C,
}

/// The ids of one call of the body, with their entries.
pub(crate) struct Places<'a, T> {
    pub(crate) ids: &'a [T],
    keys: HashMap<Key, usize>,
}

impl<'a, T> Places<'a, T> {
    pub(super) fn new(ids: &'a [T], keys: impl Iterator<Item = Key>) -> Self {
        Self { ids, keys: keys.zip(0..).collect() }
    }

    /// The place of an entry.
    pub(crate) fn of(&self, key: &[u8]) -> Option<usize> {
        self.keys.get(key).copied()
    }
}

/// A call of a batch function: its policy, what it adds to that, its body.
pub(crate) struct Job<V, I, C, B, L, D, P, T, F> {
    pub(crate) state: Arc<PolicyState>,
    pub(crate) plan: Plan<Option<I>, V, I, (), C>,
    pub(crate) whole: Whole<B, L, T, I, D>,
    /// How many ids the body is called with at most.
    pub(crate) chunk: usize,
    pub(crate) body: Body<P, T, F>,
}

/// A call that has come to its load; without one, it leaves the cache aside.
pub(super) type Come = (usize, Option<Load>);

/// An entry that is not in the cache.
pub(super) struct Item {
    pub(super) key: Key,
    pub(super) tags: Vec<Tag>,
}

impl<P, T, F> fmt::Debug for Body<P, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl<B, C, T, I, D> fmt::Debug for Whole<B, C, T, I, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Whole").finish_non_exhaustive()
    }
}
