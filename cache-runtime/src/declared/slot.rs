//! Slots: where annotated functions find their cache.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::cache::{Cache, Config};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::tiers::PolicyState;

/// A place for a cache that functions name with `cache = PATH`.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use cache_runtime::{Cache, CacheSlot, cached};
///
/// static CATALOG: CacheSlot = CacheSlot::new("catalog");
///
/// #[cached(key = "price:<article>", ttl = "5m", cache = CATALOG)]
/// async fn price(article: u64) -> u64 {
///     article * 100
/// }
///
/// Cache::builder().max_entries(1_000).build().await?.install_in(&CATALOG)?;
/// assert_eq!(price(3).await, 300);
/// # Ok::<(), cache_runtime::Error>(())
/// # }).unwrap();
/// ```
pub struct CacheSlot {
    name: &'static str,
    cache: OnceLock<Installed>,
}

struct Installed {
    cache: Cache,
    /// The slot was used before a cache was installed.
    by_default: bool,
}

/// The slot of functions that name none.
pub static DEFAULT_SLOT: CacheSlot = CacheSlot::new("default");

impl CacheSlot {
    /// Makes an empty slot. The name is for messages.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, cache: OnceLock::new() }
    }

    /// The slot's cache. If there is none, an in-memory cache is put there for good.
    pub(crate) fn cache(&self) -> &Cache {
        &self.cache.get_or_init(|| self.default_cache()).cache
    }

    /// The policy's place in the slot's cache, or in that of the test on this thread.
    pub(crate) fn bound(&'static self, policy: &Policy) -> Arc<PolicyState> {
        #[cfg(feature = "testing")]
        if let Some(cache) = self.isolated(policy) {
            return cache.bind(policy);
        }
        self.cache().bind(policy)
    }

    /// Tells whether a cache was installed, by code and not by default.
    #[cfg(feature = "testing")]
    pub(super) fn is_installed(&self) -> bool {
        self.cache.get().is_some_and(|installed| !installed.by_default)
    }

    fn default_cache(&self) -> Installed {
        tracing::warn!(
            slot = self.name,
            "no cache is installed: using an in-memory cache of this process"
        );
        Installed { cache: Cache::with(Config::default()), by_default: true }
    }
}

impl fmt::Debug for CacheSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cache = self.cache.get().map(|installed| &installed.cache);
        f.debug_struct("CacheSlot").field("name", &self.name).field("cache", &cache).finish()
    }
}

impl Cache {
    /// Makes this the cache of all functions that name none.
    ///
    /// Done once, at the start of the program, before the first call of a cached function.
    ///
    /// # Errors
    /// If a cache is installed already, or a cached function was called before: what was cached until then would be
    /// out of reach of the invalidations that follow. See [`Error::is_already_installed`].
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// Cache::builder().max_entries(1_000).build().await?.install()?;
    /// assert!(traced(square(3)).await.1.is_miss());
    /// assert!(traced(square(3)).await.1.is_hit());
    ///
    /// let second = Cache::builder().build().await?.install();
    /// assert!(second.unwrap_err().is_already_installed());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn install(&self) -> Result<()> {
        self.install_in(&DEFAULT_SLOT)
    }

    /// Makes this the cache of all functions with `cache = SLOT`.
    ///
    /// # Errors
    /// As [`install`](Self::install).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::{Cache, CacheSlot};
    /// static CATALOG: CacheSlot = CacheSlot::new("catalog");
    ///
    /// let cache = Cache::builder().build().await?;
    /// cache.install_in(&CATALOG)?;
    /// assert!(cache.install_in(&CATALOG).is_err());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn install_in(&self, slot: &'static CacheSlot) -> Result<()> {
        let mine = Installed { cache: self.clone(), by_default: false };
        let Err(_) = slot.cache.set(mine) else { return Ok(()) };
        let name = slot.name;
        let why = match slot.cache.get() {
            Some(Installed { by_default: true, .. }) => format!(
                "the slot `{name}` is in use already: install the cache before the first call of a cached function"
            ),
            _ => format!("the slot `{name}` has a cache already: install one cache, once"),
        };
        Err(Error::installed(why))
    }
}
