//! The store on a server behind the contract that every store keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use redis::Value;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::link::Connection;
use super::record::Record;
use super::replies::FOREIGN;
use super::scripts::{self, Script};
use super::versions::{self, cap};
use super::{Core, RedisStore, announcements, replies};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::key::Tag;
use crate::store::layout::{self, Space};
use crate::store::{
    Acquired, Begun, Envelope, Filled, Found, Health, Read, Scanned, Store, Versions, Watch,
};
use crate::token::Token;

/// How many names of the server's a scan looks at in one call.
const SCAN: u32 = 500;

/// The code of `fill` and `commit` for a value that is stored, and of `begin` for a writer that is alone.
const YES: i64 = 1;

#[async_trait]
impl Store for RedisStore {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        let mut names = Vec::with_capacity(tags.len() + 2);
        self.add_names(&mut names, key, tags);
        let link = &self.core.link;
        self.ask("read", |connection| async move {
            let values = replies::array(connection.wire.send(versions::mget(&names)).await?)?;
            if values.len() != names.len() {
                return Err(Failure::Garbled);
            }
            found(values, link.clock.now())
        })
        .await
    }

    async fn read_many(&self, entries: &[(Key, Vec<Tag>)]) -> Result<Vec<Read>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for (key, tags) in entries {
            self.add_names(&mut names, key, tags);
        }
        let link = &self.core.link;
        self.ask("read_many", |connection| async move {
            let mut values = replies::array(connection.wire.send(versions::mget(&names)).await?)?;
            if values.len() != names.len() {
                return Err(Failure::Garbled);
            }
            let now = link.clock.now();
            let lengths = entries.iter().map(|(_, tags)| tags.len() + 2);
            lengths.map(|length| found(values.drain(..length).collect(), now)).collect()
        })
        .await
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        let (name, link) = (self.entry(key), Arc::clone(&self.core.link));
        let observed = observed.map(bytes);
        self.run("acquire", move |connection| async move {
            let observed = observed.as_ref().map_or(&[][..], |id| id);
            let arguments = [&bytes(token)[..], &digits(lease), observed];
            let sent = Instant::now();
            let reply = match scripts::ACQUIRE.run(&*connection.wire, &name, &arguments).await {
                Err(failure) if failure.is_refusal("WRONGTYPE") => return Ok(Acquired::Foreign),
                reply => reply?,
            };
            let (acquired, now) = replies::acquired(reply)?;
            let micros = now.saturating_mul(1_000);
            link.clock.observe((micros, micros.saturating_add(999)), sent, Instant::now());
            Ok(acquired)
        })
        .await
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        let bytes = match self.outgoing(token, tags, &value) {
            Ok(bytes) => bytes,
            Err(filled) => {
                self.release(key, token).await?;
                return Ok(filled);
            }
        };
        self.store(&scripts::FILL, "fill", key, token, (tags, value.ttl, bytes)).await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.change(&scripts::RELEASE, "release", key, vec![bytes(token).into()]).await?;
        Ok(())
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        let arguments = vec![bytes(token).into(), digits(lease)];
        Ok(self.change(&scripts::EXTEND, "extend", key, arguments).await? == YES)
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        let name = self.entry(key);
        let begun = self.run("begin", move |connection| async move {
            let (answer, answered) = oneshot::channel();
            tokio::spawn(begin(connection, name, token, guard, answer));
            answered.await.unwrap_or(Err(Failure::Lost))
        });
        // Foreign: no guard, but no value is ever stored either.
        Ok(if begun.await? == YES { Begun::Alone } else { Begun::Overlapping })
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        let outgoing = value.map(|value| (self.outgoing(token, tags, &value), value.ttl));
        let otherwise = match outgoing {
            Some((Ok(bytes), ttl)) => {
                return self
                    .store(&scripts::COMMIT, "commit", key, token, (tags, ttl, bytes))
                    .await;
            }
            Some((Err(filled), _)) => filled,
            None => Filled::Refused,
        };
        let arguments = vec![bytes(token).into(), Vec::new(), b"0".into()];
        self.change(&scripts::COMMIT, "commit", key, arguments).await?;
        Ok(otherwise)
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        // The token of the hold is one that nobody else has, and the same when this is sent again.
        let standing = (!token.to_bits()).to_be_bytes();
        let hold = hold.map(digits).unwrap_or_default();
        let arguments = vec![bytes(token).into(), hold, standing.into()];
        self.change(&scripts::ABANDON, "abandon", key, arguments).await?;
        Ok(())
    }

    async fn cancel(&self, key: &Key, token: Token) -> Result<()> {
        self.change(&scripts::CANCEL, "cancel", key, vec![bytes(token).into()]).await?;
        Ok(())
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.change(&scripts::INVALIDATE, "invalidate", key, Vec::new()).await?;
        Ok(())
    }

    async fn mark_stale(&self, key: &Key) -> Result<()> {
        self.change(&scripts::MARK_STALE, "mark_stale", key, Vec::new()).await?;
        Ok(())
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        let names = versions::names(&self.core.link.names, tags);
        self.run(
            "versions",
            |connection| async move { versions::made(&*connection.wire, &names).await },
        )
        .await
    }

    async fn announce(&self, key: &Key) -> Result<()> {
        let link = Arc::clone(&self.core.link);
        let key = key.clone();
        self.run("announce", move |connection| async move {
            announcements::announce(&link, &connection, &key).await
        })
        .await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.forget("bump", self.core.link.names.tag(tag)).await
    }

    async fn clear(&self) -> Result<()> {
        self.forget("clear", self.core.link.names.epoch()).await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        let (names, space) = (self.core.link.names.clone(), self.space);
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(names.pattern(space, prefix)).arg("COUNT").arg(SCAN);
        self.run("scan", |connection| async move {
            replies::scanned(connection.wire.send(command).await?, &names, space)
        })
        .await
    }

    fn health(&self) -> Health {
        let health = self.core.link.health();
        Health { tracking: health.tracking && self.space == Space::Tracked, ..health }
    }

    fn watch(&self, watch: Arc<dyn Watch>) {
        self.watch_with(&watch);
    }
}

impl RedisStore {
    /// Runs an operation that changes nothing, in the caller's task: if that goes away, nobody misses the answer.
    async fn ask<T, F>(
        &self,
        operation: &'static str,
        work: impl FnOnce(Arc<Connection>) -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = Result<T, Failure>> + Send,
    {
        let Core { io, link, .. } = &*self.core;
        let done = match link.connection() {
            None => Err(Failure::Away),
            Some(connection) => {
                let work = work(Arc::clone(&connection));
                io.here(link.timed(&connection, work)).await
            }
        };
        done.map_err(|why| Error::unavailable(format!("`{operation}` on {}: {why}", link.target)))
    }

    /// Adds the names of what is read of an entry.
    fn add_names(&self, names: &mut Vec<Vec<u8>>, key: &Key, tags: &[Tag]) {
        names.push(self.entry(key));
        versions::add_names(names, &self.core.link.names, tags);
    }

    fn entry(&self, key: &Key) -> Vec<u8> {
        self.core.link.names.entry(self.space, key)
    }

    /// The bytes of a value, or why it is not stored.
    fn outgoing(&self, token: Token, tags: &[Tag], value: &Envelope) -> Result<Vec<u8>, Filled> {
        if !value.versions.are_known() || value.versions.tags.len() != tags.len() {
            return Err(Filled::Outdated);
        }
        // Of the value, not of the record: a value of just that size is taken here as it is by the cache.
        if value.bytes.len() > self.core.max_value {
            return Err(Filled::TooLarge);
        }
        layout::encode(value, token, self.core.link.clock.now()).ok_or(Filled::TooLarge)
    }

    /// Runs `fill` or `commit` with a value: the names of its tags, its ttl and its bytes.
    async fn store(
        &self,
        script: &'static Script,
        operation: &'static str,
        key: &Key,
        token: Token,
        (tags, ttl, value): (&[Tag], Duration, Vec<u8>),
    ) -> Result<Filled> {
        let name = self.entry(key);
        let tags: Vec<_> = tags.iter().map(|tag| self.core.link.names.tag(tag)).collect();
        self.run(operation, move |connection| async move {
            // A ttl of zero is refused by the server.
            let px = cap(ttl).max(1).to_string();
            let arguments = [&bytes(token)[..], &value, px.as_bytes()];
            let code = script.code(&*connection.wire, &name, &arguments).await?;
            if code != YES {
                return Ok(Filled::Refused);
            }
            if !tags.is_empty() {
                tokio::spawn(async move { versions::outlive(&*connection.wire, &tags, ttl).await });
            }
            Ok(Filled::Stored)
        })
        .await
    }

    /// Runs a script that changes an entry.
    async fn change(
        &self,
        script: &'static Script,
        operation: &'static str,
        key: &Key,
        arguments: Vec<Vec<u8>>,
    ) -> Result<i64> {
        let name = self.entry(key);
        self.run(operation, move |connection| async move {
            let arguments: Vec<_> = arguments.iter().map(Vec::as_slice).collect();
            script.code(&*connection.wire, &name, &arguments).await
        })
        .await
    }

    /// Changes a version. With what others keep in its place nothing is stored, but processes may keep entries with it for
    /// themselves.
    async fn forget(&self, operation: &'static str, name: Vec<u8>) -> Result<()> {
        let link = Arc::clone(&self.core.link);
        let life = versions::life(name == link.names.epoch());
        self.run(operation, move |connection| async move {
            let arguments = [&versions::another()[..], &life];
            match scripts::BUMP.code(&*connection.wire, &name, &arguments).await? {
                FOREIGN => announcements::announce_to_all(&link, &connection).await,
                _ => Ok(()),
            }
        })
        .await
    }
}

/// Reads what an `MGET` of an entry, the epoch and the entry's tags answered.
fn found(mut values: Vec<Value>, now: u64) -> Result<Read, Failure> {
    let versions = versions::read(values.get(1..).unwrap_or_default())?;
    let (found, lease) = match values.swap_remove(0) {
        Value::Nil => (Found::Nothing, None),
        Value::BulkString(bytes) => {
            let (record, lease) = Record::decode(bytes, now);
            (record.judge(&versions), lease)
        }
        _ => return Err(Failure::Garbled),
    };
    Ok(Read { found, lease, versions })
}

/// Places a guard, and takes it back if that took so long that nobody reckons with it any more: it would keep the entry
/// empty to its deadline. If the write has ended by then, its end was behind the guard, and what it holds has another token.
async fn begin(
    connection: Arc<Connection>,
    name: Vec<u8>,
    token: Token,
    guard: Duration,
    answer: oneshot::Sender<Result<i64, Failure>>,
) {
    let token = bytes(token);
    let begun = scripts::BEGIN.code(&*connection.wire, &name, &[&token, &digits(guard)]).await;
    if let Err(Ok(_)) = answer.send(begun) {
        let _ = scripts::COMMIT.code(&*connection.wire, &name, &[&token, b"", b"0"]).await;
    }
}

fn bytes(token: Token) -> [u8; 8] {
    token.to_bits().to_be_bytes()
}

fn digits(time: Duration) -> Vec<u8> {
    cap(time).to_string().into_bytes()
}
