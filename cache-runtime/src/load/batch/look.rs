//! The look-up of a batch: what the local tier has is given, and the rest is to be loaded.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::parts::Item;
use crate::counters::Event;
use crate::key::{Key, Tag};
use crate::load::aged::Aged;
use crate::load::lookup::{look_up_one, other_type};
use crate::load::miss::Miss;
use crate::load::run::{Way, decide};
use crate::load::state::Load;
use crate::scope;
use crate::tiers::PolicyState;
use crate::value::Stored;

/// The entries of one call, as they were found.
pub(crate) struct Batch<T, I> {
    give: fn(Stored) -> Option<Option<I>>,
    /// Nothing around the call changes how it treats the cache.
    is_plain: bool,
    /// How many values and how many cached `None`s were found.
    hits: [u64; 2],
    /// What there is for each id of the call, in its order.
    pub(super) found: Vec<Option<I>>,
    /// The places of ids whose entries are missing, each with the number of the entry.
    pub(super) places: Vec<(usize, usize)>,
    /// The numbers of the entries that are missing.
    known: HashMap<Key, usize>,
    pub(super) missing: Missing<T>,
    /// Entries that are served, and to be refreshed.
    pub(super) aged: Vec<(Item, T, Aged)>,
}

/// The entries that are to be loaded, each once.
pub(super) struct Missing<T> {
    pub(super) items: Vec<Item>,
    pub(super) ids: Vec<T>,
    /// `None` for those that leave the cache aside.
    pub(super) begins: Vec<Option<Begin>>,
}

/// The beginning of one entry's way to its load.
pub(super) enum Begin {
    /// Load and store; with `true`, whatever is stored already.
    Load(bool),
    /// Refresh what is there, in the background.
    Refresh(Box<Load>),
}

impl<T> Missing<T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), ids: Vec::new(), begins: Vec::new() }
    }

    pub(super) fn push(&mut self, item: Item, id: T, begin: Option<Begin>) -> usize {
        self.items.push(item);
        self.ids.push(id);
        self.begins.push(begin);
        self.items.len() - 1
    }
}

impl<T, I> Batch<T, I> {
    /// Nothing yet, of a call with so many ids.
    pub(crate) fn new(give: fn(Stored) -> Option<Option<I>>, ids: usize) -> Self {
        Self {
            give,
            is_plain: !scope::any(),
            hits: [0; 2],
            found: Vec::with_capacity(ids),
            places: Vec::new(),
            known: HashMap::new(),
            missing: Missing::new(),
            aged: Vec::new(),
        }
    }

    /// Looks up the entry of the next id, of which the key is rendered and the tags can be.
    pub(crate) fn look(
        &mut self,
        state: &Arc<PolicyState>,
        key: &[u8],
        tags: impl FnOnce() -> Vec<Tag>,
        id: &T,
    ) where
        T: Clone,
    {
        if self.is_plain
            && self.known.is_empty()
            && !state.settings.off
            && let Some(stored) = state.tiers.local.get_fresh(key)
        {
            let is_none = usize::from(stored.is_none());
            if let Some(value) = (self.give)(stored) {
                self.hits[is_none] += 1;
                self.found.push(value);
                return;
            }
        }
        self.look_again(state, key, tags, id);
    }

    #[cold]
    fn look_again(
        &mut self,
        state: &Arc<PolicyState>,
        key: &[u8],
        tags: impl FnOnce() -> Vec<Tag>,
        id: &T,
    ) where
        T: Clone,
    {
        if let Some(at) = self.known.get(key) {
            self.places.push((self.found.len(), *at));
            self.found.push(None);
            return;
        }
        let value = match look_up_one(state, key, self.give) {
            ControlFlow::Break(value) => value,
            ControlFlow::Continue(miss) => {
                self.miss(miss, Item { key: Key::of_any_length(key), tags: tags() }, id)
            }
        };
        self.found.push(value);
    }

    /// Counts what was found.
    pub(crate) fn end(&self, state: &PolicyState) {
        let [values, nothing] = self.hits;
        state.counters.count_many(Event::Hit, values);
        state.counters.count_many(Event::NegativeHit, nothing);
    }

    fn miss(&mut self, miss: Miss, item: Item, id: &T) -> Option<I>
    where
        T: Clone,
    {
        let (state, way) = match decide(miss, &item.tags, self.give) {
            ControlFlow::Break(value) => return value,
            ControlFlow::Continue(decided) => decided,
        };
        let begin = match way {
            Way::Body(reason) => {
                scope::record(reason);
                None
            }
            Way::Load(_, refresh) => Some(Begin::Load(refresh)),
            Way::Aged(_, aged) => {
                if let Some(value) = (self.give)(aged.value.clone()) {
                    aged.served(&state);
                    scope::record(aged.reason());
                    self.aged.push((item, id.clone(), *aged));
                    return value;
                }
                other_type(&state);
                Some(Begin::Load(false))
            }
        };
        let key = item.key.clone();
        let at = self.missing.push(item, id.clone(), begin);
        self.known.insert(key, at);
        self.places.push((self.found.len(), at));
        None
    }
}
