//! Single entries under their type: looked at, stored, invalidated by hand.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::entry::{Entry, NamesEntry};
use super::handle::Cache;
use super::put;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::load::{Outgoing, decoded};
use crate::policy::{Phase, Policy, Ttl};
use crate::scope;
use crate::store::Found;
use crate::tiers::remote::{Budget, Change};
use crate::tiers::{PolicyState, not_carried};
use crate::write::remote_changes::RemoteChanges;
use crate::write::{Selectors, deferred};

impl Cache {
    pub(super) fn bound_of<T>(&self, entry: &Entry<T>) -> Arc<PolicyState> {
        self.bind(&entry.policy)
    }

    /// Looks at an entry without loading it: `None` if there is no fresh one, or the remote tier does not answer.
    ///
    /// A cached `None` of a function that returns `Option<User>` is `Some(None)`. Counts as no hit and no miss. Inside of a
    /// [`transaction`](crate::transaction) or a writing function, what that has written is `None`.
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
    /// assert_eq!(cache.peek(entry!(square(3))).await, None);
    /// square(3).await;
    /// assert_eq!(cache.peek(entry!(square(3))).await, Some(9));
    /// # });
    /// ```
    pub fn peek<T: 'static>(&self, entry: impl NamesEntry<T>) -> BoxFuture<'_, Option<T>> {
        Box::pin(self.peeked(entry.named()))
    }

    async fn peeked<T>(&self, entry: Entry<T>) -> Option<T> {
        let state = self.bound_of(&entry);
        let key = entry.key.as_ref()?;
        if state.is_written_around(key, &entry.tags) {
            return None;
        }
        if let Some((record, Phase::Fresh | Phase::Due)) = state.tiers.local.peek(key) {
            return (entry.adapter.give)(record.payload);
        }
        let remote = state.remote()?;
        let read = remote.read(&mut Budget::new(), &state.address(key), &entry.tags).await.ok()?;
        let Found::Fresh(envelope) = read.found else { return None };
        (entry.adapter.give)(decoded(&state, entry.adapter.erased_codec, &envelope).ok()?)
    }

    /// Stores a value under an entry with the function's ttl and tags, as a write would: loads that are under way are
    /// not stored over it.
    ///
    /// If a write of the entry is under way, nothing is stored and the entry ends up empty, because nobody can tell
    /// which of the two values is the newer. Inside of a [`transaction`](crate::transaction) the value is stored when that
    /// is committed, unless the transaction ends one of the entry's tags as well.
    ///
    /// Dropping the future before its end removes the old value, unless the new one is on its way to the remote tier already:
    /// then it gets there.
    ///
    /// # Errors
    /// If the function's ttl is computed for each call (use [`put_for`](Self::put_for)), if the value does not encode,
    /// or if it is too large for the store: [`Error::is_value`]. If the remote tier did not acknowledge it:
    /// [`Error::is_unavailable`]; then the entry is removed as soon as it does.
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
    /// cache.put(entry!(square(3)), 10).await?;
    /// assert_eq!(square(3).await, 10);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("set", "insert", "prime"))]
    pub fn put<T>(&self, entry: impl NamesEntry<T>, value: T) -> BoxFuture<'_, Result<()>>
    where
        T: Send + 'static,
    {
        Box::pin(self.store(entry.named(), value, None))
    }

    /// Stores a value as [`put`](Self::put) does, for so long.
    ///
    /// # Errors
    /// As [`put`](Self::put), but for the ttl.
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let cache = testing::isolate();
    /// cache.put_for(entry!(square(3)), 10, Duration::from_secs(5)).await?;
    /// assert_eq!(square(3).await, 10);
    /// cache.clock().advance(Duration::from_secs(5));
    /// assert_eq!(square(3).await, 9);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn put_for<T>(
        &self,
        entry: impl NamesEntry<T>,
        value: T,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<()>>
    where
        T: Send + 'static,
    {
        Box::pin(self.store(entry.named(), value, Some(ttl)))
    }

    async fn store<T>(&self, entry: Entry<T>, value: T, ttl: Option<Duration>) -> Result<()> {
        let state = self.bound_of(&entry);
        let name = entry.policy.name;
        if ttl.is_none() && entry.policy.ttl == Ttl::Computed && state.settings.ttl.is_none() {
            return Err(Error::value(format!(
                "the ttl of `{name}` is computed for each call: give one with `put_for`"
            )));
        }
        if state.settings.off {
            return Ok(());
        }
        let Some(key) = &entry.key else {
            state.key_too_long();
            return Err(Error::value(format!("the key of this `{name}` is longer than 1 KiB")));
        };
        let stamp = state.tiers.local.stamp(&entry.tags);
        let payload = entry.adapter.keep(&value, state.encoding()).map_err(|flaw| {
            state.refused(flaw);
            not_carried(flaw).about(&format!("the value for {key} of `{name}`"))
        })?;
        let ttl = match (ttl, &payload) {
            (Some(ttl), _) => ttl,
            (None, Some(_)) => state.ttl(None),
            (None, None) => state.none_ttl(None),
        };
        let sized = state.remote().is_none() && state.tiers.local.limits().needs_sizes();
        let size = if sized { entry.adapter.erased_codec.weigh(&payload) } else { 0 };
        let value = Outgoing::of(payload, ttl, size);
        match state.remote().map(Arc::clone) {
            _ if scope::in_transaction() => put::deferred(&state, key, &entry, value).await,
            None => put::here(&state, key, value, stamp).await,
            Some(remote) => put::there(&state, &remote, key, &entry, value).await,
        }
        .map_err(|error| error.about(&format!("the value for {key} of `{name}`")))
    }

    /// Invalidates an entry. A load that is under way is not stored, and nobody else joins it. Inside of a
    /// [`transaction`](crate::transaction) it is done when that ends.
    ///
    /// # Errors
    /// If the remote tier did not acknowledge it: [`Error::is_unavailable`]. Then it is sent again until it does.
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
    /// cache.invalidate(entry!(square(3))).await?;
    /// assert_eq!(cache.peek(entry!(square(3))).await, None);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("bust", "delete", "evict", "purge", "remove"))]
    pub fn invalidate<T>(&self, entry: impl NamesEntry<T>) -> BoxFuture<'_, Result<()>> {
        self.change(entry.named(), Change::Remove)
    }

    /// Ends an entry's ttl now: the next call loads.
    ///
    /// Unlike [`invalidate`](Self::invalidate) it leaves the value to policies that may serve it stale. Inside of a
    /// [`transaction`](crate::transaction) it is done when that is committed; after one that failed the value is removed.
    ///
    /// # Errors
    /// As [`invalidate`](Self::invalidate).
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// cache.mark_stale(entry!(square(3))).await?;
    /// assert!(traced(square(3)).await.1.is_miss());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("expire", "soft purge", "swr"))]
    pub fn mark_stale<T>(&self, entry: impl NamesEntry<T>) -> BoxFuture<'_, Result<()>> {
        self.change(entry.named(), Change::MarkStale)
    }

    fn change<T>(&self, entry: Entry<T>, change: Change) -> BoxFuture<'_, Result<()>> {
        // Without its type, which the future would be bound by.
        let Entry { policy, key, .. } = entry;
        Box::pin(self.changed(policy, key, change))
    }

    async fn changed(&self, policy: Policy, key: Option<Key>, change: Change) -> Result<()> {
        let Some(key) = &key else { return Ok(()) };
        let state = self.bind(&policy);
        let select =
            if change == Change::MarkStale { Selectors::of_stale } else { Selectors::of_entry };
        if deferred(select(Arc::clone(&state), key.clone())).await.is_none() {
            return Ok(());
        }
        let mut changes = RemoteChanges::default();
        changes.change(&state, key, change);
        let acknowledged = changes.acknowledged(Budget::new()).await;
        acknowledged.map_err(|error| error.about(&format!("{key} of `{}`", policy.name)))
    }
}
