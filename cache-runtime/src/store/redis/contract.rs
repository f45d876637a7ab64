//! The store on a server behind the contract that every store keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use redis::Value;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::link::{Connection, Link};
use super::record::Record;
use super::requests::{YES, bytes, digits};
use super::store::RedisStore;
use super::topology::gathered;
use super::{announcements, replies, scripts, versions};
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::store::layout::Space;
use crate::store::{
    Acquired, Begun, Envelope, Filled, Found, Health, Read, Scanned, Store, Versions, Watch,
};
use crate::token::Token;

/// How many names of the server's a scan looks at in one call.
const SCAN: u32 = 500;

#[async_trait]
impl Store for RedisStore {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        let mut names = Vec::with_capacity(tags.len() + 2);
        self.add_names(&mut names, key, tags);
        let node = Arc::clone(self.node_of(&names[0]));
        let values = self.values("read", names).await?;
        found(values, node.clock.now()).map_err(|why| node.unavailable("read", &why))
    }

    async fn read_many(&self, entries: &[(Key, Vec<Tag>)]) -> Result<Vec<Read>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        let mut nodes = Vec::with_capacity(entries.len());
        for (key, tags) in entries {
            nodes.push(Arc::clone(self.node_of(&self.entry(key))));
            self.add_names(&mut names, key, tags);
        }
        let mut values = self.values("read_many", names).await?;
        let of_entry = |((_, tags), node): (&(Key, Vec<Tag>), &Arc<Link>)| {
            let values = values.drain(..tags.len() + 2).collect();
            found(values, node.clock.now()).map_err(|why| node.unavailable("read_many", &why))
        };
        entries.iter().zip(&nodes).map(of_entry).collect()
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        let name = self.entry(key);
        let link = Arc::clone(self.node_of(&name));
        let observed = observed.map(bytes);
        self.run(self.node_of(&name), "acquire", move |connection| async move {
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
        let bytes = match self.outgoing(key, token, tags, &value) {
            Ok(bytes) => bytes,
            Err(filled) => {
                self.release(key, token).await?;
                return Ok(filled);
            }
        };
        self.store(&scripts::FILL, "fill", key, token, (tags, value.ttl, value.renewable, bytes))
            .await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.change(&scripts::RELEASE, "release", key, vec![bytes(token).into()]).await?;
        Ok(())
    }

    async fn back_off(&self, key: &Key, token: Token, pause: Duration) -> Result<()> {
        let arguments = vec![bytes(token).into(), digits(pause)];
        self.change(&scripts::BACK_OFF, "back_off", key, arguments).await?;
        Ok(())
    }

    async fn renew(&self, key: &Key, ttl: Duration, most: Duration) -> Result<()> {
        let arguments = vec![digits(ttl), digits(most)];
        self.change(&scripts::RENEW, "renew", key, arguments).await?;
        Ok(())
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        let arguments = vec![bytes(token).into(), digits(lease)];
        Ok(self.change(&scripts::EXTEND, "extend", key, arguments).await? == YES)
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        let name = self.entry(key);
        let begun = self.run(self.node_of(&name), "begin", move |connection| async move {
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
        let outgoing = value
            .map(|value| (self.outgoing(key, token, tags, &value), value.ttl, value.renewable));
        let otherwise = match outgoing {
            Some((Ok(bytes), ttl, longest)) => {
                return self
                    .store(&scripts::COMMIT, "commit", key, token, (tags, ttl, longest, bytes))
                    .await;
            }
            Some((Err(filled), ..)) => filled,
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
        let epoch = self.core.names.epoch();
        let names = versions::names(&self.core.names, tags);
        let shares = self.core.topology.shares("versions", names)?;
        let made = gathered("versions", shares, move |connection, names| {
            let epoch = epoch.clone();
            async move { versions::made(&*connection.wire, &names, &epoch).await }
        });
        let node = self.node_of(&self.core.names.epoch());
        let values = self.to_the_end("versions", made).await?;
        versions::read(&values).map_err(|why| node.unavailable("versions", &why))
    }

    async fn announce(&self, key: &Key, by: Token) -> Result<()> {
        let (topology, names) = (Arc::clone(&self.core.topology), self.core.names.clone());
        let name = names.announcement(key, by);
        let node = Arc::clone(topology.node_of(&name));
        let connection = node.connected("announce")?;
        let announced = async move {
            let written = announcements::written(&connection, &name);
            if node.perform("announce", &connection, written).await? {
                return Ok(());
            }
            announcements::announce_to_all("announce", &topology, &names).await
        };
        self.to_the_end("announce", announced).await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.forget("bump", self.core.names.tag(tag)).await
    }

    async fn clear(&self) -> Result<()> {
        self.forget("clear", self.core.names.epoch()).await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        let (names, space) = (self.core.names.clone(), self.space);
        let (link, cursor) = self.core.topology.scanned_by(cursor);
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(names.pattern(space, prefix)).arg("COUNT").arg(SCAN);
        self.run(link, "scan", |connection| async move {
            replies::scanned(connection.wire.send(command).await?, &names, space)
        })
        .await
    }

    fn health(&self) -> Health {
        let health = self.core.topology.health();
        Health { tracking: health.tracking && self.space == Space::Tracked, ..health }
    }

    fn watch(&self, watch: Arc<dyn Watch>) {
        if self.space == Space::Tracked {
            self.core.topology.nodes().for_each(|link| link.watch(&watch));
        }
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
