//! A store of one's own that does as it is told: answers, refuses, or lets its callers wait; and counts them.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{
    Acquired, Begun, Envelope, Filled, Found, Health, InMemory, Key, Read, Scanned, Store, Tag,
    Token, Versions,
};
use cache_runtime::testing::Gate;
use cache_runtime::{Error, Fault, Result};

/// What becomes of the calls that are made from now on.
#[derive(Clone)]
pub(crate) enum Mode {
    Answers,
    Refuses,
    /// There is no connection, and why.
    Away(Fault),
    /// Never ends.
    Hangs,
    /// Ends when the gate is open.
    Held(Gate),
    /// Answers, but for what ends entries: that ends when the gate is open.
    HeldEnds(Gate),
    /// Answers, but has no room for leases.
    Full,
    /// Has something under every key that is not the cache's.
    Foreign,
}

/// The calls that end entries.
const ENDS: [&str; 6] = ["commit", "abandon", "invalidate", "mark_stale", "bump", "clear"];

/// One process's way to a store that it shares with others.
pub(crate) struct Faulty {
    shared: Arc<InMemory>,
    mode: Mutex<Mode>,
    calls: Mutex<BTreeMap<&'static str, usize>>,
    held: Mutex<Option<Held>>,
}

/// The call that waits for a gate: the one with that number of those of its name.
#[derive(Clone)]
struct Held {
    call: (&'static str, usize),
    gate: Gate,
    /// The store has answered by then.
    is_answered: bool,
}

impl Faulty {
    pub(crate) fn new(shared: &Arc<InMemory>) -> Arc<Self> {
        let (shared, mode) = (Arc::clone(shared), Mutex::new(Mode::Answers));
        Arc::new(Self { shared, mode, calls: Mutex::default(), held: Mutex::default() })
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    /// Lets one call wait for a gate: the one with that number of those of its name.
    pub(crate) fn hold(&self, name: &'static str, number: usize, gate: &Gate) {
        let held = Held { call: (name, number), gate: gate.clone(), is_answered: false };
        *self.held.lock().unwrap() = Some(held);
    }

    /// The same with a call whose answer is on its way.
    pub(crate) fn hold_answer(&self, name: &'static str, number: usize, gate: &Gate) {
        let held = Held { call: (name, number), gate: gate.clone(), is_answered: true };
        *self.held.lock().unwrap() = Some(held);
    }

    fn is_foreign(&self) -> bool {
        matches!(*self.mode.lock().unwrap(), Mode::Foreign)
    }

    /// How often each of its calls was made since the last time that somebody asked.
    pub(crate) fn calls(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// How often a call was made since then.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.calls.lock().unwrap().get(name).copied().unwrap_or(0)
    }

    async fn answer<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        *self.calls.lock().unwrap().entry(name).or_default() += 1;
        let this = (name, self.count(name));
        let held = self.held.lock().unwrap().clone().filter(|held| held.call == this);
        if let Some(held) = &held
            && !held.is_answered
        {
            held.gate.pass().await;
        }
        let mode = self.mode.lock().unwrap().clone();
        match mode {
            Mode::Refuses | Mode::Away(_) => return Err(Error::unavailable("told to refuse")),
            Mode::Hangs => return pending().await,
            Mode::Held(gate) => gate.pass().await,
            Mode::HeldEnds(gate) if ENDS.contains(&name) => gate.pass().await,
            Mode::Full if name == "acquire" => return Err(Error::unavailable("told to be full")),
            Mode::Answers | Mode::HeldEnds(_) | Mode::Full | Mode::Foreign => {}
        }
        let answer = call.await;
        if let Some(held) = held.filter(|held| held.is_answered) {
            held.gate.pass().await;
        }
        answer
    }
}

#[async_trait]
impl Store for Faulty {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        let read = self.answer("read", self.shared.read(key, tags)).await?;
        if self.is_foreign() {
            return Ok(Read::new(Found::Foreign, None, read.versions));
        }
        Ok(read)
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        if self.is_foreign() {
            return self.answer("acquire", async { Ok(Acquired::Foreign) }).await;
        }
        self.answer("acquire", self.shared.acquire(key, token, lease, observed)).await
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        self.answer("fill", self.shared.fill(key, token, tags, value)).await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.answer("release", self.shared.release(key, token)).await
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        self.answer("extend", self.shared.extend(key, token, lease)).await
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        self.answer("begin", self.shared.begin(key, token, guard)).await
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        self.answer("commit", self.shared.commit(key, token, tags, value)).await
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        self.answer("abandon", self.shared.abandon(key, token, hold)).await
    }

    async fn cancel(&self, key: &Key, token: Token) -> Result<()> {
        self.answer("cancel", self.shared.cancel(key, token)).await
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.answer("invalidate", self.shared.invalidate(key)).await
    }

    async fn mark_stale(&self, key: &Key) -> Result<()> {
        self.answer("mark_stale", self.shared.mark_stale(key)).await
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        self.answer("versions", self.shared.versions(tags)).await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.answer("bump", self.shared.bump(tag)).await
    }

    async fn clear(&self) -> Result<()> {
        self.answer("clear", self.shared.clear()).await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.answer("scan", self.shared.scan(prefix, cursor)).await
    }

    fn health(&self) -> Health {
        let mut health = Health::ALWAYS;
        let mode = self.mode.lock().unwrap();
        health.reachable = !matches!(*mode, Mode::Refuses | Mode::Away(_));
        if let Mode::Away(fault) = *mode {
            health.fault = Some(fault);
        }
        health
    }
}
