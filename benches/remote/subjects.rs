//! The ways to read one value from the server.

use std::future::ready;
use std::sync::Arc;
use std::thread;

use cache_runtime::store::{Found, Key, RedisOptions, RedisStore, Store as _};
use cache_runtime::{Cache, cached, invalidates};
use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{Cmd, Value};
use serde::{Deserialize, Serialize};
use server::{Failed, Server};
use tokio::runtime::Builder;

const NAMESPACE: &str = "bench";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    BareHere,
    BareElsewhere,
    Store,
    Function,
    Tagged,
}

/// In the order of the tables.
pub const SUBJECTS: [Subject; 5] =
    [Subject::BareHere, Subject::BareElsewhere, Subject::Store, Subject::Function, Subject::Tagged];

impl Subject {
    pub const fn title(self) -> &'static str {
        match self {
            Self::BareHere => "bare GET, client on the caller's thread",
            Self::BareElsewhere => "bare GET, client on its own thread",
            Self::Store => "RedisStore::read",
            Self::Function => "#[cached] function",
            Self::Tagged => "#[cached] function, two tags",
        }
    }
}

/// About a hundred bytes when encoded, as a row is.
#[derive(Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    email: String,
    address: String,
}

impl User {
    fn load(id: u64) -> Arc<Self> {
        Arc::new(Self {
            id,
            name: "Ada Lovelace".into(),
            email: "ada@example.org".into(),
            address: "12 St James's Square, London".into(),
        })
    }
}

// No copies in this process: each call goes to the server.
#[cached(key = "user:<id>", ttl = "1h", tier = "remote")]
async fn user(id: u64) -> Arc<User> {
    ready(()).await;
    User::load(id)
}

#[cached(key = "tagged:<id>", ttl = "1h", tier = "remote", tags = ["user", "user:<id>"])]
async fn tagged(id: u64) -> Arc<User> {
    ready(()).await;
    User::load(id)
}

#[invalidates(user(id))]
async fn change(id: u64) -> Result<(), std::io::Error> {
    let _ = id;
    ready(Ok(())).await
}

#[invalidates(user(id), guard = "off")]
async fn change_unguarded(id: u64) -> Result<(), std::io::Error> {
    let _ = id;
    ready(Ok(())).await
}

/// Everything that a call needs.
pub struct Clients {
    here: MultiplexedConnection,
    elsewhere: MultiplexedConnection,
    store: RedisStore,
    entries: Vec<(Cmd, Key)>,
}

/// How many entries there are to hit. Calls that are under way at the same time are for different ones: of the same one,
/// a cache would read it once.
pub const ENTRIES: u64 = 64;

impl Clients {
    /// Connects, installs a cache and fills it. To be awaited on the runtime that makes the calls.
    pub async fn connect(server: &Arc<Server>) -> Result<Self, Failed> {
        let options = RedisOptions::new(server.url(), NAMESPACE);
        let store = RedisStore::connect(options).await?.untracked();
        Cache::builder().url(server.url()).namespace(NAMESPACE).build().await?.install()?;
        let mut entries = Vec::new();
        for id in 0..ENTRIES {
            user(id).await;
            tagged(id).await;
            let mut get = redis::cmd("GET");
            get.arg(format!("{NAMESPACE}:r:user:{id}"));
            entries.push((get, Key::new(format!("user:{id}").as_bytes()).ok_or("too long a key")?));
        }
        let elsewhere = elsewhere(Arc::clone(server)).await?;
        Ok(Self { here: server.connection().await?, elsewhere, store, entries })
    }

    /// The length of what is stored.
    pub async fn length(&self) -> Result<usize, Failed> {
        match self.here.clone().req_packed_command(&self.entries[0].0).await? {
            Value::BulkString(bytes) => Ok(bytes.len()),
            _ => Err("the entry is not on the server".into()),
        }
    }

    /// Reads one of the [`ENTRIES`].
    pub async fn call(&self, subject: Subject, (id, (get, key)): (u64, &(Cmd, Key))) {
        let read = match subject {
            Subject::BareHere => bare(&self.here, get).await,
            Subject::BareElsewhere => bare(&self.elsewhere, get).await,
            Subject::Store => {
                let read = self.store.read(key, &[]).await;
                read.is_ok_and(|read| matches!(read.found, Found::Fresh(_)))
            }
            Subject::Function => user(id).await.id == id,
            Subject::Tagged => tagged(id).await.id == id,
        };
        assert!(read, "{}: nothing was read", subject.title());
    }

    /// The entries, round and round, from one of them on.
    pub fn entries(&self, from: usize) -> impl Iterator<Item = (u64, &(Cmd, Key))> {
        (0..).zip(&self.entries).cycle().skip(from)
    }
}

async fn bare(connection: &MultiplexedConnection, get: &Cmd) -> bool {
    let value = connection.clone().req_packed_command(get).await;
    matches!(value, Ok(Value::BulkString(_)))
}

/// A connection whose driver has a thread of its own, as the store's has. The thread ends with the process.
async fn elsewhere(server: Arc<Server>) -> Result<MultiplexedConnection, Failed> {
    let (sender, connected) = tokio::sync::oneshot::channel();
    thread::Builder::new().name("bare-client".to_owned()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a process has room for a runtime");
        runtime.block_on(async {
            // Only if the benchmark has failed is nobody waiting.
            let _ = sender.send(server.connection().await);
            drop(server);
            std::future::pending::<()>().await;
        });
    })?;
    connected.await?
}

/// What a call does beside a hit.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Hit,
    TaggedHit,
    Miss,
    TaggedMiss,
    Invalidation,
    Unguarded,
}

pub const ACTIONS: [(Action, &str); 6] = [
    (Action::Hit, "hit"),
    (Action::TaggedHit, "hit, two tags"),
    (Action::Miss, "miss"),
    (Action::TaggedMiss, "miss, two tags"),
    (Action::Invalidation, "invalidation"),
    (Action::Unguarded, "invalidation, no guard"),
];

impl Action {
    /// Acts on the entry of this number, or hits one of the [`ENTRIES`].
    pub async fn act(self, id: u64) -> Result<(), Failed> {
        match self {
            Self::Hit => drop(user(id % ENTRIES).await),
            Self::TaggedHit => drop(tagged(id % ENTRIES).await),
            Self::Miss => drop(user(id).await),
            Self::TaggedMiss => drop(tagged(id).await),
            Self::Invalidation => change(id).await?,
            Self::Unguarded => change_unguarded(id).await?,
        }
        Ok(())
    }
}
