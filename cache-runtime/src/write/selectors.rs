//! What a write names.

use std::sync::Arc;

use super::more::More;
use crate::key::{Key, Pattern, Tag};
use crate::tiers::{PolicyState, Tiers};

/// What a write invalidates, in the caches where it is.
#[derive(Default)]
#[must_use]
pub struct Selectors {
    pub(crate) entries: Vec<(Arc<PolicyState>, Key)>,
    pub(crate) tags: Vec<(Arc<Tiers>, Tag)>,
    /// What only the methods of a cache name.
    pub(super) more: Vec<More>,
}

impl Selectors {
    pub(crate) fn of_entry(state: Arc<PolicyState>, key: Key) -> Self {
        Self { entries: vec![(state, key)], ..Self::default() }
    }

    pub(crate) fn of_tag(tiers: Arc<Tiers>, tag: Tag) -> Self {
        Self { tags: vec![(tiers, tag)], ..Self::default() }
    }

    /// An entry whose time is over, and which is not removed.
    pub(crate) fn of_stale(state: Arc<PolicyState>, key: Key) -> Self {
        Self { more: vec![More::Stale(state, key)], ..Self::default() }
    }

    pub(crate) fn of_pattern(tiers: Arc<Tiers>, pattern: Pattern) -> Self {
        Self { more: vec![More::Matching(tiers, pattern)], ..Self::default() }
    }

    pub(crate) fn of_everything(tiers: Arc<Tiers>) -> Self {
        Self { more: vec![More::Everything(tiers)], ..Self::default() }
    }
}
