//! What an operator changes about one policy.

use std::time::Duration;

use crate::tiers::Settings;

/// What the operator changes about a policy; see [`CacheBuilder::policy`](crate::CacheBuilder::policy).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PolicySettings(pub(super) Settings);

impl PolicySettings {
    /// Sets the ttl, whatever the attribute says. Zero, with which nothing is stored, is refused: that is [`off`](Self::off).
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached};
    /// #[cached(key = "cube:<n>", ttl = "1m")]
    /// async fn cube(n: u64) -> u64 {
    ///     n * n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let build = |ttl| Cache::builder().policy("cube", |policy| policy.ttl(ttl)).build();
    /// assert!(build(Duration::from_secs(5)).await.is_ok());
    /// assert!(build(Duration::ZERO).await.unwrap_err().is_config());
    /// # });
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.0.ttl = Some(ttl);
        self
    }

    /// Switches the policy off: its function runs as if it had no attribute.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let _cache = testing::isolate_with(|build| build.policy("square", |policy| policy.off()));
    /// assert!(traced(square(3)).await.1.is_bypass());
    /// # });
    /// ```
    #[doc(alias = "disable")]
    pub fn off(mut self) -> Self {
        self.0.off = true;
        self
    }
}
