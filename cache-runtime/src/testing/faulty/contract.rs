//! A faulty store behind the contract that every store keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::injection::Operation;
use super::lies::{bent, told};
use super::store::FaultyStore;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::store::{
    Acquired, Begun, Envelope, Filled, Health, Read, Scanned, Store, Versions, Watch,
};
use crate::token::Token;

impl FaultyStore {
    /// What it says of what it has found.
    fn found(&self, key: &Key, read: Read) -> Read {
        let past = &self.0.past;
        past.remember_found(key, &read.found);
        match self.lie(Operation::Read) {
            Some(lie) => told(lie, past, key, read),
            None => read,
        }
    }
}

#[deny(
    clippy::missing_trait_methods,
    reason = "a method with a body of its own would not reach the store behind this one"
)]
#[async_trait]
impl Store for FaultyStore {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        let read = self.run(Operation::Read, self.0.store.read(key, tags)).await?;
        Ok(self.found(key, read))
    }

    async fn read_many(&self, entries: &[(Key, Vec<Tag>)]) -> Result<Vec<Read>> {
        let reads = self.run(Operation::Read, self.0.store.read_many(entries)).await?;
        let reads = reads.into_iter().zip(entries);
        Ok(reads.map(|(read, (key, _))| self.found(key, read)).collect())
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        let acquire = self.0.store.acquire(key, token, lease, observed);
        Ok(match (self.run(Operation::Load, acquire).await?, self.lie(Operation::Load)) {
            (Acquired::Changed(value), Some(lie)) => Acquired::Changed(bent(lie, value)),
            (acquired, _) => acquired,
        })
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        self.0.past.remember(key, Some(token), &value);
        self.run(Operation::Load, self.0.store.fill(key, token, tags, value)).await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.run(Operation::Load, self.0.store.release(key, token)).await
    }

    async fn back_off(&self, key: &Key, token: Token, pause: Duration) -> Result<()> {
        self.run(Operation::Load, self.0.store.back_off(key, token, pause)).await
    }

    async fn renew(&self, key: &Key, ttl: Duration, most: Duration) -> Result<()> {
        self.run(Operation::Load, self.0.store.renew(key, ttl, most)).await
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        self.run(Operation::Load, self.0.store.extend(key, token, lease)).await
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        self.run(Operation::Write, self.0.store.begin(key, token, guard)).await
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        self.run(Operation::Write, self.0.store.commit(key, token, tags, value)).await
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        self.run(Operation::Write, self.0.store.abandon(key, token, hold)).await
    }

    async fn cancel(&self, key: &Key, token: Token) -> Result<()> {
        self.run(Operation::Write, self.0.store.cancel(key, token)).await
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.run(Operation::Invalidation, self.0.store.invalidate(key)).await
    }

    async fn announce(&self, key: &Key, by: Token) -> Result<()> {
        self.run(Operation::Invalidation, self.0.store.announce(key, by)).await
    }

    async fn mark_stale(&self, key: &Key) -> Result<()> {
        self.run(Operation::Invalidation, self.0.store.mark_stale(key)).await
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        self.run(Operation::Load, self.0.store.versions(tags)).await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.run(Operation::Invalidation, self.0.store.bump(tag)).await
    }

    async fn clear(&self) -> Result<()> {
        self.run(Operation::Invalidation, self.0.store.clear()).await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.run(Operation::Read, self.0.store.scan(prefix, cursor)).await
    }

    fn health(&self) -> Health {
        self.reach()
    }

    fn watch(&self, watch: Arc<dyn Watch>) {
        self.0.line.add(&*self.0.store, &watch);
    }
}
