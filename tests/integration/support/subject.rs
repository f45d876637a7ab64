//! A cache in front of a source, so that one scenario runs on a naive cache and on ours.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{CacheBuilder, cached, entry, invalidates, refresh, transaction};

use super::source::Source;

/// How it is said that a row is no longer so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// By a function that invalidates it.
    Reference,
    /// By its entry, outside of any function.
    Entry,
    /// By a tag of its own.
    Tag,
    /// By the tag of all rows.
    CommonTag,
    /// By what its key looks like.
    Pattern,
}

impl Way {
    pub(crate) const ALL: [Self; 5] =
        [Self::Reference, Self::Entry, Self::Tag, Self::CommonTag, Self::Pattern];
}

/// A cache of the rows of a source.
pub(crate) trait Subject: Clone + Send + Sync + 'static {
    fn new(source: Source) -> Self;
    fn source(&self) -> &Source;

    /// Reads a row through the cache.
    fn read(&self, id: u64) -> impl Future<Output = u64> + Send;
    /// Loads a row and stores it, whether it is in the cache or not.
    fn refresh(&self, id: u64) -> impl Future<Output = u64> + Send;
    /// Removes the entry of a row.
    fn invalidate(&self, id: u64) -> impl Future<Output = ()> + Send;
    /// Removes the entries of all rows by the tag that they carry.
    fn invalidate_tag(&self) -> impl Future<Output = ()> + Send;
    /// Removes the entries of all rows by what their keys look like.
    fn invalidate_pattern(&self) -> impl Future<Output = ()> + Send;
    /// Removes everything.
    fn clear(&self) -> impl Future<Output = ()> + Send;
    /// Stores a row by hand.
    fn put(&self, id: u64, row: u64) -> impl Future<Output = ()> + Send;
    /// Ends the lifetime of an entry.
    fn mark_stale(&self, id: u64) -> impl Future<Output = ()> + Send;
    /// Runs a function that changes the source and invalidates the row.
    fn write<F>(&self, id: u64, change: F) -> impl Future<Output = F::Output> + Send
    where
        F: Future<Output: Send> + Send;
    /// Invalidates two rows in these ways, changes them in the source, and commits; `None` takes it back. Gives the first
    /// row as it is read before the commit is over, beside what the change gives.
    fn write_two<F>(
        &self,
        rows: [(u64, Way); 2],
        change: F,
    ) -> impl Future<Output = Option<(u64, [u64; 2])>> + Send
    where
        F: Future<Output = Option<[u64; 2]>> + Send;
    /// Moves the cache's clock, if it has one.
    fn advance(&self, by: Duration);
}

#[cached(key = "row:<id>", ttl = "1h", tags = ["rows", "row:<id>"])]
pub(crate) async fn row(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[invalidates(row(id))]
pub(crate) async fn write_row<F>(id: u64, change: F) -> Result<F::Output, Infallible>
where
    F: Future<Output: Send> + Send,
{
    Ok(change.await)
}

/// The library, through annotated functions.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    source: Source,
    pub(crate) cache: Arc<IsolatedCache>,
}

impl Ours {
    pub(crate) fn with(source: Source, build: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        Self { source, cache: Arc::new(testing::isolate_with(build)) }
    }
}

impl Ours {
    async fn say(&self, id: u64, way: Way) {
        let said = match way {
            Way::Reference => write_row(id, std::future::ready(())).await.map_err(|no| match no {}),
            Way::Entry => self.cache.invalidate(entry!(row(id))).await,
            Way::Tag => self.cache.invalidate_tag(&format!("row:{id}")).await,
            Way::CommonTag => self.cache.invalidate_tag("rows").await,
            Way::Pattern => self.cache.invalidate_pattern(&format!("row:{id}")).await.map(drop),
        };
        said.expect("memory does not fail");
    }
}

impl Subject for Ours {
    fn new(source: Source) -> Self {
        Self::with(source, |builder| builder)
    }

    fn source(&self) -> &Source {
        &self.source
    }

    async fn read(&self, id: u64) -> u64 {
        self.cache.scope(row(&self.source, id)).await
    }

    async fn refresh(&self, id: u64) -> u64 {
        self.cache.scope(refresh(row(&self.source, id))).await
    }

    async fn invalidate(&self, id: u64) {
        self.cache.invalidate(entry!(row(id))).await.expect("memory does not fail");
    }

    async fn invalidate_tag(&self) {
        self.cache.invalidate_tag("rows").await.expect("memory does not fail");
    }

    async fn invalidate_pattern(&self) {
        self.cache.invalidate_pattern("row:*").await.expect("memory does not fail");
    }

    async fn clear(&self) {
        (**self.cache).clear().await.expect("memory does not fail");
    }

    async fn put(&self, id: u64, value: u64) {
        self.cache.put(entry!(row(id)), value).await.expect("a number can be stored");
    }

    async fn mark_stale(&self, id: u64) {
        self.cache.mark_stale(entry!(row(id))).await.expect("memory does not fail");
    }

    async fn write<F>(&self, id: u64, change: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        let Ok(written) = self.cache.scope(write_row(id, change)).await;
        written
    }

    async fn write_two<F>(&self, rows: [(u64, Way); 2], change: F) -> Option<(u64, [u64; 2])>
    where
        F: Future<Output = Option<[u64; 2]>> + Send,
    {
        let committed = transaction(async {
            for (id, way) in rows {
                self.say(id, way).await;
            }
            let changed = change.await;
            let seen = row(&self.source, rows[0].0).await;
            changed.map(|versions| (seen, versions)).ok_or(())
        });
        self.cache.scope(committed).await.ok()
    }

    fn advance(&self, by: Duration) {
        self.cache.clock().advance(by);
    }
}
