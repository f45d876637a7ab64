//! Entries as the store on a server keeps them.

use std::ops::Range;
use std::time::Duration;

use cache_runtime::store::{
    Acquired, Envelope, Filled, Format, Found, Key, RedisOptions, RedisStore, Store as _, Tag,
    Token, Versions,
};
use redis::aio::MultiplexedConnection;
use server::{Failed, Server};
use tokio::task::JoinSet;

/// The lengths of values whose memory is measured.
pub const LENGTHS: [usize; 5] = [20, 50, 100, 200, 500];

/// How many entries are on their way at the same time.
const AT_ONCE: u32 = 512;

const HOUR: Duration = Duration::from_hours(1);

/// The entries of one namespace.
pub struct Entries {
    pub store: RedisStore,
}

impl Entries {
    pub async fn connect(server: &Server) -> Result<Self, Failed> {
        let mut options = RedisOptions::new(server.url(), "bench");
        options.connect_timeout = Duration::from_secs(10);
        // Each of many waits for those before it.
        options.response_timeout = Duration::from_secs(10);
        Ok(Self { store: RedisStore::connect(options).await? })
    }

    /// Stores an entry for each number, as loads do: by a lease and a fill.
    pub async fn store(
        &self,
        numbers: Range<u32>,
        length: usize,
        tags: &[Tag],
    ) -> Result<(), Failed> {
        let versions = self.store.versions(tags).await?;
        let mut loads = JoinSet::new();
        for first in 0..AT_ONCE {
            let numbers = (numbers.start + first..numbers.end).step_by(AT_ONCE as usize);
            let (store, tags, versions) = (self.store.clone(), tags.to_vec(), versions.clone());
            loads.spawn(async move {
                for number in numbers {
                    load(&store, number, length, &tags, versions.clone()).await?;
                }
                Ok::<_, Failed>(())
            });
        }
        while let Some(loaded) = loads.join_next().await {
            loaded??;
        }
        Ok(())
    }

    /// Tells whether the first entries of so many are found; or, if it is false, that they are found dead.
    pub async fn are_fresh(&self, count: u32, tag: &Tag) -> Result<bool, Failed> {
        let mut fresh = 0;
        let looked_at = count.min(1_000);
        for number in 0..looked_at {
            let read = self.store.read(&key(number)?, std::slice::from_ref(tag)).await?;
            match read.found {
                Found::Fresh(_) => fresh += 1,
                Found::Dead(_) => {}
                found => return Err(format!("not an entry with a tag: {found:?}").into()),
            }
        }
        match fresh {
            0 => Ok(false),
            _ if fresh == looked_at => Ok(true),
            _ => Err("some entries have ended, and some have not".into()),
        }
    }
}

async fn load(
    store: &RedisStore,
    number: u32,
    length: usize,
    tags: &[Tag],
    versions: Versions,
) -> Result<(), Failed> {
    let (key, token) = (key(number)?, Token::new());
    let acquired = store.acquire(&key, token, Duration::from_secs(30), None).await?;
    let mut value = Envelope::new(vec![b'x'; length], Format::default(), versions, HOUR, HOUR);
    value.cost = Duration::from_millis(1);
    match (acquired, store.fill(&key, token, tags, value).await?) {
        (Acquired::Granted, Filled::Stored) => Ok(()),
        (acquired, filled) => Err(format!("not stored: {acquired:?}, {filled:?}").into()),
    }
}

/// A key of twelve bytes.
pub fn name(number: u32) -> String {
    format!("user:{number:07}")
}

fn key(number: u32) -> Result<Key, Failed> {
    Ok(Key::new(name(number).as_bytes()).ok_or("the key is too long")?)
}

/// What the server has allocated, in bytes.
pub async fn used_memory(connection: &mut MultiplexedConnection) -> Result<i64, Failed> {
    let info: String = redis::cmd("INFO").arg("memory").query_async(connection).await?;
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
    Ok(used.ok_or("the server does not tell its memory")?.parse()?)
}
