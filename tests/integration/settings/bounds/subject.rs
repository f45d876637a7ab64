//! A cache with limits, so that one scenario runs on a naive cache and on ours.

use std::collections::{HashMap, VecDeque};

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{CacheBuilder, cached};

use super::super::Loads;
use super::held::Text;

/// A cache of texts.
pub(super) trait Subject {
    /// Reads the text of a number through the cache; it is so long if it has to be loaded.
    async fn read(&mut self, loads: &Loads, id: u64, length: usize);
}

#[cached(key = "text:<id>", ttl = "1h", tags = ["text:<id>"], skip(length))]
pub(super) async fn text(loads: &Loads, id: u64, length: usize) -> Text {
    loads.next();
    Text::of(length)
}

/// The library, through an annotated function.
pub(super) struct Ours(pub(super) IsolatedCache);

impl Ours {
    pub(super) fn with(build: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        Self(testing::isolate_with(build))
    }
}

impl Subject for Ours {
    async fn read(&mut self, loads: &Loads, id: u64, length: usize) {
        self.0.scope(text(loads, id, length)).await;
    }
}

/// A map, with a queue that says what is oldest and goes first.
#[derive(Debug, Default)]
pub(super) struct Naive {
    max_entries: Option<usize>,
    max_bytes: Option<u64>,
    texts: HashMap<u64, Text>,
    oldest: VecDeque<u64>,
    bytes: u64,
}

impl Naive {
    /// The `static` map of every tutorial.
    pub(super) fn unbounded() -> Self {
        Self::default()
    }

    /// Counts entries, whatever they weigh.
    pub(super) fn by_entries(most: usize) -> Self {
        Self { max_entries: Some(most), ..Self::default() }
    }

    /// Counts bytes, in however many entries.
    pub(super) fn by_bytes(most: u64) -> Self {
        Self { max_bytes: Some(most), ..Self::default() }
    }

    fn has_room_for(&self, text: &Text) -> bool {
        self.max_entries.is_none_or(|most| self.texts.len() < most)
            && self.max_bytes.is_none_or(|most| self.bytes + text.len() <= most)
    }

    fn evict(&mut self, id: u64) {
        self.bytes -= self.texts.remove(&id).as_ref().map_or(0, Text::len);
    }
}

impl Subject for Naive {
    async fn read(&mut self, loads: &Loads, id: u64, length: usize) {
        if self.texts.contains_key(&id) {
            return;
        }
        loads.next();
        let text = Text::of(length);
        while !self.has_room_for(&text) {
            let Some(oldest) = self.oldest.pop_front() else { break };
            self.evict(oldest);
        }
        self.bytes += text.len();
        self.texts.insert(id, text);
        self.oldest.push_back(id);
    }
}
