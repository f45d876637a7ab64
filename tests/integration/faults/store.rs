//! A store that does as it is told: answers, refuses, or lets its callers wait.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{
    Acquired, Begun, Envelope, Filled, Health, InMemory, Key, Read, Scanned, Store, Tag, Token,
    Versions,
};
use cache_runtime::testing::Gate;
use cache_runtime::{Error, Result};

/// What becomes of the calls that are made from now on.
#[derive(Clone)]
pub(super) enum Mode {
    Answers,
    Refuses,
    /// Never ends.
    Hangs,
    /// Ends when the gate is open.
    Held(Gate),
}

/// One process's way to a store that it shares with others.
pub(super) struct Faulty {
    shared: Arc<InMemory>,
    mode: Mutex<Mode>,
    pub(super) reads: AtomicUsize,
    pub(super) bumps: AtomicUsize,
}

impl Faulty {
    pub(super) fn new(shared: &Arc<InMemory>) -> Arc<Self> {
        let (reads, bumps) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (shared, mode) = (Arc::clone(shared), Mutex::new(Mode::Answers));
        Arc::new(Self { shared, mode, reads, bumps })
    }

    pub(super) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    async fn answer<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let mode = self.mode.lock().unwrap().clone();
        match mode {
            Mode::Answers => {}
            Mode::Refuses => return Err(Error::unavailable("told to refuse")),
            Mode::Hangs => return pending().await,
            Mode::Held(gate) => gate.pass().await,
        }
        call.await
    }
}

#[async_trait]
impl Store for Faulty {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.answer(self.shared.read(key, tags)).await
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        self.answer(self.shared.acquire(key, token, lease, observed)).await
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        self.answer(self.shared.fill(key, token, tags, value)).await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.answer(self.shared.release(key, token)).await
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        self.answer(self.shared.extend(key, token, lease)).await
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        self.answer(self.shared.begin(key, token, guard)).await
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        self.answer(self.shared.commit(key, token, tags, value)).await
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        self.answer(self.shared.abandon(key, token, hold)).await
    }

    async fn lift(&self, key: &Key, token: Token) -> Result<()> {
        self.answer(self.shared.lift(key, token)).await
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.answer(self.shared.invalidate(key)).await
    }

    async fn soften(&self, key: &Key) -> Result<()> {
        self.answer(self.shared.soften(key)).await
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        self.answer(self.shared.versions(tags)).await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.bumps.fetch_add(1, Ordering::Relaxed);
        self.answer(self.shared.bump(tag)).await
    }

    async fn clear(&self) -> Result<()> {
        self.answer(self.shared.clear()).await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.answer(self.shared.scan(prefix, cursor)).await
    }

    fn health(&self) -> Health {
        let mut health = Health::ALWAYS;
        health.reachable = !matches!(*self.mode.lock().unwrap(), Mode::Refuses);
        health
    }
}
