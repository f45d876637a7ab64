//! Invalidations of a tag and of everything, and the wait for their acknowledgement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::handle::Cache;
use crate::error::{Error, Result};
use crate::key::Tag;
use crate::tiers::remote::Budget;
use crate::timer::until;
use crate::write::remote_changes::RemoteChanges;
use crate::write::{Selectors, deferred};

impl Cache {
    /// Invalidates every entry of this cache that carries the tag, in constant time.
    ///
    /// The tag is given as it renders: `user:7` for the template `user:<id>`, `city:New%20York` for `city:<name>`
    /// ([`KeyWriter::text`](crate::KeyWriter::text)). Loads that are under way are not
    /// stored. A tag that nothing carries is not an error. Inside of a
    /// [`transaction`](crate::transaction) it is done when that ends.
    ///
    /// # Errors
    /// If the remote tier did not acknowledge it: [`Error::is_unavailable`](crate::Error::is_unavailable). Then it is sent again until it does, and
    /// until then this process serves no entry with the tag.
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
    /// async fn get_user(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// get_user(7).await;
    /// cache.invalidate_tag("user").await?;
    /// assert_eq!(cache.peek(entry!(get_user(7))).await, None);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("purge", "surrogate key"))]
    pub async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        let (tiers, tag) = (&self.0.tiers, Tag::new(tag.as_bytes()));
        let selected = Selectors::of_tag(Arc::clone(tiers), tag.clone());
        if deferred(selected).await.is_none() {
            return Ok(());
        }
        let mut changes = RemoteChanges::default();
        changes.tag(tiers, &tag, None);
        changes.acknowledged(Budget::new()).await
    }

    /// Invalidates every entry of this cache, in constant time; in a remote tier, of its namespace.
    ///
    /// Loads that are under way are not stored, and write guards stay. Inside of a [`transaction`](crate::transaction) it
    /// is done when that ends.
    ///
    /// # Errors
    /// As [`invalidate_tag`](Self::invalidate_tag).
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
    /// cache.clear().await?;
    /// assert_eq!(cache.peek(entry!(square(3))).await, None);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("flush", "purge"))]
    pub async fn clear(&self) -> Result<()> {
        let selected = Selectors::of_everything(Arc::clone(&self.0.tiers));
        if deferred(selected).await.is_none() {
            return Ok(());
        }
        let mut changes = RemoteChanges::default();
        changes.everything(&self.0.tiers, None);
        changes.acknowledged(Budget::new()).await
    }

    /// Waits until the loads in the background have ended and the remote tier has acknowledged every invalidation, for at most
    /// `timeout`.
    ///
    /// To be called at the end of a program: what is still to be sent when it ends is lost, and what it invalidates stays
    /// until its ttl. The cache stays usable.
    ///
    /// # Errors
    /// If something is left to be sent, or a load is still under way:
    /// [`Error::is_unavailable`](crate::Error::is_unavailable).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().build().await?;
    /// // … the program …
    /// assert!(cache.shutdown(Duration::from_secs(5)).await.is_ok());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn shutdown(&self, timeout: Duration) -> Result<()> {
        let start = Instant::now();
        let background = &self.0.tiers.background;
        let ended = until(timeout, || background.running() == 0).await;
        if let Some(remote) = self.0.tiers.remote() {
            remote.settle(timeout.saturating_sub(start.elapsed())).await?;
        }
        if ended {
            return Ok(());
        }
        let running = background.running();
        Err(Error::unavailable(format!("{running} load(s) in the background did not end in time")))
    }
}
