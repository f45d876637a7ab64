//! Single entries under their type: looked at, stored, invalidated by hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Cache;
use crate::entry::Key;
use crate::error::{Error, Result};
use crate::policy::{Policy, Ttl};
use crate::store::Filled;
use crate::tag::Tag;
use crate::tiers::{Bound, Incoming};
use crate::token::Token;
use crate::value::{Answer, Opened, Stored};

/// How long `put` may take between its two steps before its guard ends by itself.
const PUT_GUARD: Duration = Duration::from_secs(30);

/// A checked reference to one entry of a cached function: `entry!(get_user(id))`.
///
/// `T` is what the function returns, without its `Result`: `Option<User>` for
/// `async fn get_user(id: u64) -> sqlx::Result<Option<User>>`.
pub struct Entry<T> {
    pub(super) policy: &'static Policy,
    /// `None` if it is longer than a key may be: then nothing is ever stored under it.
    pub(super) key: Option<Key>,
    tags: Arc<[Tag]>,
    stow: Arc<dyn Stow<T>>,
}

/// How values of type `T` are stored.
pub(crate) trait Stow<T>: Send + Sync {
    fn give(&self, stored: Stored) -> Option<T>;
    fn keep(&self, value: &T) -> Option<Stored>;
    fn weigh(&self, value: &T) -> usize;
}

impl<T, A: Answer<T>> Stow<T> for A {
    fn give(&self, stored: Stored) -> Option<T> {
        Answer::give(*self, stored)
    }

    fn keep(&self, value: &T) -> Option<Stored> {
        let stored = Answer::keep(*self, value)?;
        // As a load does: what the encoding drops is to be seen in development.
        if cfg!(debug_assertions) { self.round_trip(stored) } else { Some(stored) }
    }

    fn weigh(&self, value: &T) -> usize {
        match self.open(value) {
            Opened::Value(value) => Answer::weigh(*self, value),
            Opened::Nothing | Opened::Failed => 0,
        }
    }
}

impl<T> Entry<T> {
    pub(crate) fn new(
        policy: &'static Policy,
        key: Option<Key>,
        tags: Vec<Tag>,
        stow: Arc<dyn Stow<T>>,
    ) -> Self {
        Self { policy, key, tags: tags.into(), stow }
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        let Self { policy, key, tags, stow } = self;
        Self { policy, key: key.clone(), tags: Arc::clone(tags), stow: Arc::clone(stow) }
    }
}

impl<T> fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("policy", &self.policy.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::unused_async, reason = "the calls that reach a shared tier wait for it")]
impl Cache {
    pub(super) fn bound_of<T>(&self, entry: &Entry<T>) -> Arc<Bound> {
        self.bind(entry.policy)
    }

    /// Looks at an entry without loading it: `None` if there is no fresh one.
    ///
    /// A cached `None` of a function that returns `Option<User>` is `Some(None)`. Counts as no hit and no miss.
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
    pub async fn peek<T>(&self, entry: Entry<T>) -> Option<T> {
        let bound = self.bound_of(&entry);
        let (record, fresh) = bound.tiers.local.peek(entry.key.as_ref()?)?;
        if fresh { entry.stow.give(record.payload) } else { None }
    }

    /// Stores a value under an entry with the function's ttl and tags, as a write would: loads that are under way are
    /// not stored over it.
    ///
    /// If a write of the entry is under way, nothing is stored and the entry ends up empty, because nobody can tell
    /// which of the two values is the newer.
    ///
    /// # Errors
    /// If the function's ttl is computed for each call (use [`put_for`](Self::put_for)), if the value does not encode,
    /// or if it is too large for the store: [`Error::is_value`].
    pub async fn put<T>(&self, entry: Entry<T>, value: T) -> Result<()> {
        if entry.policy.ttl == Ttl::Computed && self.bound_of(&entry).settings.ttl.is_none() {
            return Err(Error::value(format!(
                "the ttl of `{}` is computed for each call: give one with `put_for`",
                entry.policy.name
            )));
        }
        self.store(&entry, &value, None)
    }

    /// Stores a value as [`put`](Self::put) does, for so long.
    ///
    /// # Errors
    /// If the value does not encode or is too large for the store: [`Error::is_value`].
    pub async fn put_for<T>(&self, entry: Entry<T>, value: T, ttl: Duration) -> Result<()> {
        self.store(&entry, &value, Some(ttl))
    }

    fn store<T>(&self, entry: &Entry<T>, value: &T, ttl: Option<Duration>) -> Result<()> {
        let bound = self.bound_of(entry);
        let name = entry.policy.name;
        let Some(key) = &entry.key else {
            return Err(Error::value(format!("the key of this `{name}` is longer than 1 KiB")));
        };
        if bound.settings.off {
            return Ok(());
        }
        let local = &bound.tiers.local;
        let stamp = local.stamp(&entry.tags);
        let payload = entry.stow.keep(value).ok_or_else(|| {
            Error::value(format!("the value for {key} of `{name}` does not survive its encoding"))
        })?;
        let ttl = match (ttl, &payload) {
            (Some(ttl), _) => ttl,
            (None, Some(_)) => bound.ttl(None),
            (None, None) => bound.none_ttl(None),
        };
        let size = if local.needs_sizes() { entry.stow.weigh(value) } else { 0 };
        let token = Token::new();
        local.begin(key, token, PUT_GUARD);
        let value = Incoming { payload, fresh: ttl, ttl, stamp, size };
        let filled = local.commit(key, token, (!ttl.is_zero()).then_some(value));
        bound.tiers.flights.detach(key);
        match filled {
            Filled::TooLarge => Err(Error::value(format!(
                "the value for {key} of `{name}` is too large for the store"
            ))),
            Filled::Stored | Filled::Refused | Filled::Outdated => Ok(()),
        }
    }

    /// Invalidates an entry. A load that is under way is not stored, and nobody else joins it.
    ///
    /// # Errors
    /// None without a shared tier.
    pub async fn invalidate<T>(&self, entry: Entry<T>) -> Result<()> {
        if let Some(key) = &entry.key {
            self.bound_of(&entry).invalidate(key);
        }
        Ok(())
    }

    /// Ends an entry's ttl now: the next call loads.
    ///
    /// Unlike [`invalidate`](Self::invalidate) it leaves the value to policies that may serve it stale.
    ///
    /// # Errors
    /// None without a shared tier.
    pub async fn mark_stale<T>(&self, entry: Entry<T>) -> Result<()> {
        if let Some(key) = &entry.key {
            let tiers = &self.bound_of(&entry).tiers;
            tiers.local.soften(key);
            tiers.flights.detach(key);
        }
        Ok(())
    }
}
