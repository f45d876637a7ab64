//! Several entries at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all};

use super::entry::{Entry, NamesEntry};
use super::handle::Cache;
use crate::load::decoded;
use crate::policy::{Phase, Tier};
use crate::store::{Found, Read};
use crate::tiers::PolicyState;
use crate::tiers::remote::Remote;

impl Cache {
    /// Looks at several entries without loading them, in one round trip: as [`peek`](Self::peek) does for each, in their
    /// order.
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// let squares = cache.get_many([2, 3].map(|n| entry!(square(n)))).await;
    /// assert_eq!(squares, [None, Some(9)]);
    /// # });
    /// ```
    #[doc(alias("mget", "batch"))]
    pub fn get_many<T>(
        &self,
        entries: impl IntoIterator<Item: NamesEntry<T>>,
    ) -> BoxFuture<'_, Vec<Option<T>>>
    where
        T: Send + 'static,
    {
        let entries = entries.into_iter().map(NamesEntry::named).collect();
        Box::pin(self.many(entries))
    }

    async fn many<T>(&self, entries: Vec<Entry<T>>) -> Vec<Option<T>> {
        let mut values: Vec<Option<T>> = Vec::with_capacity(entries.len());
        // Those that this process has no copy of, by where they are.
        let mut absent: BTreeMap<bool, Vec<(usize, Arc<PolicyState>)>> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let state = self.bound_of(entry);
            let key = entry.key.as_ref();
            let key = key.filter(|key| !state.is_written_around(key, &entry.tags));
            let copy = key.and_then(|key| state.tiers.local.peek(key));
            values.push(match copy {
                Some((record, Phase::Fresh | Phase::Due)) => (entry.adapter.give)(record.payload),
                _ => None,
            });
            if values[at].is_none() && key.is_some() && state.remote().is_some() {
                absent.entry(state.policy.tier == Tier::Remote).or_default().push((at, state));
            }
        }
        if let Some(remote) = self.0.tiers.remote() {
            let reads = absent.into_iter().map(|(uncopied, asked)| {
                let tier = if uncopied { Tier::Remote } else { Tier::All };
                read(remote, tier, &entries, asked)
            });
            for (at, value) in join_all(reads).await.into_iter().flatten() {
                values[at] = value;
            }
        }
        values
    }
}

/// Reads entries of one tier; each with its place among those that were asked for.
async fn read<T>(
    remote: &Remote,
    tier: Tier,
    entries: &[Entry<T>],
    asked: Vec<(usize, Arc<PolicyState>)>,
) -> Vec<(usize, Option<T>)> {
    let places = asked.iter().filter_map(|(at, _)| {
        let entry = &entries[*at];
        Some((entry.key.clone()?, entry.tags.to_vec()))
    });
    let reads = remote.read_many(tier, places.collect()).await;
    let value = |((at, state), read): ((usize, Arc<PolicyState>), Option<Read>)| {
        let Some(Found::Fresh(envelope)) = read.map(|read| read.found) else { return (at, None) };
        let adapter = entries[at].adapter;
        let stored = decoded(&state, adapter.erased_codec, &envelope).ok();
        (at, stored.and_then(adapter.give))
    };
    asked.into_iter().zip(reads).map(value).collect()
}
