//! The contract that every store keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::answer::{Acquired, Begun, Filled, Read, Scanned};
use super::envelope::{Envelope, Versions};
use super::watch::{Health, Watch};
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::token::Token;

/// A place that keeps entries.
///
/// Implementors must make each operation atomic for its key. Every operation may be repeated or arrive late: an
/// acquire or begin with a token that is there already succeeds again, a second fill is refused, a second commit
/// only removes.
///
/// A store that cannot answer says so by [`Error::unavailable`](crate::Error::unavailable), and better soon: a call gives
/// up waiting after [`response_timeout`](crate::CacheBuilder::response_timeout), but what ends a write goes on in the
/// background until the store has answered.
#[async_trait]
#[doc(alias("backend", "driver"))]
pub trait Store: Send + Sync {
    /// Reads an entry, whatever lease or guard stands beside it, and the versions of its tags.
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read>;

    /// Reads several entries at once, each with its tags, in their order.
    async fn read_many(&self, entries: &[(Key, Vec<Tag>)]) -> Result<Vec<Read>> {
        let reads = entries.iter().map(|(key, tags)| self.read(key, tags));
        join_all(reads).await.into_iter().collect()
    }

    /// Asks for the lease of a load that starts now and is expected to take less than `lease`.
    ///
    /// Beside a value the lease lasts as if it were alone: it does not end with the value, nor does the value, which is
    /// served no longer for it, end the load.
    ///
    /// `observed` is the id of the value that the caller has seen and found wanting; a fresh value with another id
    /// is returned instead of a lease. A lease does not last longer than its load is worth waiting for: it is to be
    /// [extended](Self::extend) while the load goes on.
    ///
    /// A caller that got no answer takes another token when it asks again: if its first request arrives after an
    /// invalidation it is granted, and what was loaded before would be stored.
    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired>;

    /// Stores what was loaded under the lease, and ends the lease. `tags` are those whose versions the value carries.
    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled>;

    /// Ends a lease without a value.
    async fn release(&self, key: &Key, token: Token) -> Result<()>;

    /// Ends a lease without a value, after a load that failed. Beside a value the lease of [`Token::NOBODY`] takes its place for
    /// `pause`, so that nobody, in whatever process, is granted another one meanwhile. Whatever ends a lease ends that one, and
    /// so does its [release](Self::release); without a value it is worth nothing.
    async fn back_off(&self, key: &Key, token: Token, pause: Duration) -> Result<()> {
        let _ = pause;
        self.release(key, token).await
    }

    /// Renews the ttl of a value that is still fresh: it is `ttl` from now, but ends `most` after the value's load at the
    /// latest, and never sooner than before. It exists as much longer. What is no value stays as it is, and so does one under a
    /// guard: neither lease nor guard becomes longer.
    async fn renew(&self, key: &Key, ttl: Duration, most: Duration) -> Result<()> {
        let _ = (key, ttl, most);
        Ok(())
    }

    /// Lengthens a lease; false if it is gone.
    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool>;

    /// Places a write guard that ends by itself after `guard`. A stored value stays readable meanwhile, and at most
    /// that long.
    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun>;

    /// Ends a guard after a successful write: the old value is removed, and `value` stored if no other writer
    /// overlapped.
    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled>;

    /// Removes the value but leaves the guard, because the write may still take effect: to its deadline, or exactly
    /// as long as `hold` from now, even if it had run out.
    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()>;

    /// Ends a guard after a write that did not take place: the old value stays, unless another writer overlapped.
    async fn cancel(&self, key: &Key, token: Token) -> Result<()>;

    /// Removes an entry. A load under way will not be stored; a guard stays, and its writer will store nothing.
    async fn invalidate(&self, key: &Key) -> Result<()>;

    /// Tells every [`Watch`], once, that an entry is to be removed which processes keep for themselves and not in the
    /// store. `by` is handed on: it says who announces.
    async fn announce(&self, key: &Key, by: Token) -> Result<()> {
        let _ = (key, by);
        Ok(())
    }

    /// Makes an entry stale from now on: it may be served as such while its window lasts, which begins now unless it has begun,
    /// and a load under way will not be stored.
    async fn mark_stale(&self, key: &Key) -> Result<()>;

    /// The current versions; missing ones are made. To be called before a load whose value is to carry them.
    async fn versions(&self, tags: &[Tag]) -> Result<Versions>;

    /// Ends every entry that carries the tag.
    async fn bump(&self, tag: &Tag) -> Result<()>;

    /// Ends every entry.
    async fn clear(&self) -> Result<()>;

    /// Some of the keys that begin with `prefix`, in no order. For administration, not for requests.
    ///
    /// Begins with the cursor zero and goes on with the one that is returned, until that is zero again. A key that is
    /// there all the while comes at least once.
    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned>;

    /// Tells whether the store can be asked.
    fn health(&self) -> Health {
        Health::ALWAYS
    }

    /// Reports from now on what changes, to keep copies of entries by; to everyone who asks. A store that cannot do that does nothing: then
    /// [`Watch::restored`] is never called, and no copies are kept.
    fn watch(&self, watch: Arc<dyn Watch>) {
        let _ = watch;
    }
}
