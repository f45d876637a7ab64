//! Calls for administration: on all entries whose keys look alike.

use std::sync::Arc;

use super::handle::Cache;
use crate::error::Result;
use crate::key::Pattern;
use crate::write::remote_changes::sweep;
use crate::write::{Selectors, deferred};

impl Cache {
    /// Invalidates every entry whose rendered key matches a pattern, in which `*` stands for any text; says how many
    /// there were. A server that is growing may give an entry twice, and then it counts twice.
    ///
    /// Letters of every script are in the key as they are; what is escaped there, such as a space in an argument, is so
    /// in the pattern as well ([`KeyWriter::text`](crate::KeyWriter::text)): `city:New%20*`.
    ///
    /// For administration and not for requests: it looks at every key of the namespace (`SCAN` on a server, never
    /// `KEYS`), a few hundred at a time. An entry that is stored meanwhile may be missed. What requests have to invalidate
    /// together needs a tag or a group, which take constant time.
    ///
    /// Loads that are under way are not stored, and count. Of functions with `tier = "local"` the entries of this process
    /// are reached, and not those of others, whose keys nobody else knows.
    ///
    /// Dropping the future stops it half done: what was found until then is invalidated, and calling it again does the rest.
    ///
    /// Inside of a [`transaction`](crate::transaction) it is done at once, for the number, and again when that ends.
    ///
    /// # Errors
    /// If the remote tier does not answer: [`Error::is_unavailable`](crate::Error::is_unavailable). What was found until
    /// then is invalidated.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// for n in 0..20 {
    ///     square(n).await;
    /// }
    /// assert_eq!(cache.invalidate_pattern("square:1*").await?, 11); // 1, and 10 to 19
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("purge", "wildcard"))]
    pub async fn invalidate_pattern(&self, pattern: &str) -> Result<u64> {
        self.invalidate_pattern_with(pattern, |_| {}).await
    }

    /// Invalidates every entry whose key matches a pattern, as [`invalidate_pattern`](Self::invalidate_pattern) does, and
    /// tells every now and then how many there were so far.
    ///
    /// Dropping the future stops it half done, as there. `progress` is called in the caller's task, with no lock held.
    ///
    /// # Errors
    /// As [`invalidate_pattern`](Self::invalidate_pattern).
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// let mut told = 0;
    /// cache.invalidate_pattern_with("square:*", |so_far| told = so_far).await?;
    /// assert_eq!(told, 1);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_pattern_with(
        &self,
        pattern: &str,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<u64> {
        let (tiers, pattern) = (&self.0.tiers, Pattern::new(pattern));
        // Inside of a transaction once more at its end: what others read until then is stored.
        let _ = deferred(Selectors::of_pattern(Arc::clone(tiers), pattern.clone())).await;
        let here = tiers.end_matching(&pattern);
        let found = match tiers.remote() {
            Some(remote) => sweep(tiers, remote, &pattern, 0, &mut progress).await?,
            None => here,
        };
        progress(found);
        Ok(found)
    }
}
