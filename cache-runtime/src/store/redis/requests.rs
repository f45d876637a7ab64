//! Requests: commands of an operation on the node that serves its key, as reads in the caller's task, or to their end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::failure::Failure;
use super::link::{Connection, Link};
use super::replies::FOREIGN;
use super::scripts::{self, Script};
use super::store::RedisStore;
use super::topology::gathered;
use super::versions::{self, cap};
use super::{announcements, replies};
use crate::error::{Error, Result};
use crate::key::{Key, Tag};
use crate::store::layout;
use crate::store::{Envelope, Filled};
use crate::token::Token;

/// The code of `fill` and `commit` for a value that is stored, and of `begin` for a writer that is alone.
pub(super) const YES: i64 = 1;

impl RedisStore {
    /// Reads names where their nodes have them, in the caller's task: if that goes away, nobody misses the answer.
    pub(super) async fn values(
        &self,
        operation: &'static str,
        names: Vec<Vec<u8>>,
    ) -> Result<Vec<Value>> {
        let shares = self.core.topology.shares(operation, names)?;
        let read = gathered(operation, shares, |connection, names| async move {
            replies::array(connection.wire.send(versions::mget(&names)).await?)
        });
        self.core.io.here(read).await
    }

    /// Runs an operation on a node, whatever becomes of its caller.
    pub(super) async fn run<T, F>(
        &self,
        node: &Arc<Link>,
        operation: &'static str,
        work: impl FnOnce(Arc<Connection>) -> F + Send,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let (node, connection) = (Arc::clone(node), node.connected(operation)?);
        let work = work(Arc::clone(&connection));
        self.to_the_end(operation, async move { node.perform(operation, &connection, work).await })
            .await
    }

    /// Runs something on the thread of the connections, whatever becomes of its caller.
    pub(super) async fn to_the_end<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let lost = || Err(Error::unavailable(format!("`{operation}`: {}", Failure::Lost)));
        self.core.io.spawn_beside(work).await.unwrap_or_else(lost)
    }

    /// Adds the names of what is read of an entry.
    pub(super) fn add_names(&self, names: &mut Vec<Vec<u8>>, key: &Key, tags: &[Tag]) {
        names.push(self.entry(key));
        versions::add_names(names, &self.core.names, tags);
    }

    /// The bytes of a value, or why it is not stored.
    pub(super) fn outgoing(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: &Envelope,
    ) -> Result<Vec<u8>, Filled> {
        if !value.versions.are_known() || value.versions.tags.len() != tags.len() {
            return Err(Filled::Outdated);
        }
        let now = self.node_of(&self.entry(key)).clock.now();
        // Of the value, not of the record: a value of just that size is taken here as it is by the cache.
        if value.bytes.len() > self.core.max_value {
            return Err(Filled::TooLarge);
        }
        layout::encode(value, token, now).ok_or(Filled::TooLarge)
    }

    /// Runs `fill` or `commit` with a value: its tags, how long it exists and how long it may, its bytes.
    pub(super) async fn store(
        &self,
        script: &'static Script,
        operation: &'static str,
        key: &Key,
        token: Token,
        (tags, ttl, longest, value): (&[Tag], Duration, Duration, Vec<u8>),
    ) -> Result<Filled> {
        let name = self.entry(key);
        let tags: Vec<_> = tags.iter().map(|tag| self.core.names.tag(tag)).collect();
        let topology = Arc::clone(&self.core.topology);
        self.run(self.node_of(&name), operation, move |connection| async move {
            // A ttl of zero is refused by the server.
            let px = cap(ttl).max(1).to_string();
            let arguments = [&bytes(token)[..], &value, px.as_bytes()];
            let code = script.code(&*connection.wire, &name, &arguments).await?;
            if code != YES {
                return Ok(Filled::Refused);
            }
            if !tags.is_empty() {
                tokio::spawn(
                    async move { versions::outlive(&topology, &tags, longest.max(ttl)).await },
                );
            }
            Ok(Filled::Stored)
        })
        .await
    }

    /// Runs a script that changes an entry.
    pub(super) async fn change(
        &self,
        script: &'static Script,
        operation: &'static str,
        key: &Key,
        arguments: Vec<Vec<u8>>,
    ) -> Result<i64> {
        let name = self.entry(key);
        self.run(self.node_of(&name), operation, move |connection| async move {
            let arguments: Vec<_> = arguments.iter().map(Vec::as_slice).collect();
            script.code(&*connection.wire, &name, &arguments).await
        })
        .await
    }

    /// Changes a version. With what others keep in its place nothing is stored, but processes may keep entries with it for
    /// themselves.
    pub(super) async fn forget(&self, operation: &'static str, name: Vec<u8>) -> Result<()> {
        let (topology, names) = (Arc::clone(&self.core.topology), self.core.names.clone());
        let life = versions::life(name == names.epoch());
        let node = Arc::clone(topology.node_of(&name));
        let connection = node.connected(operation)?;
        self.to_the_end(operation, async move {
            let version = versions::another();
            let arguments = [&version[..], &life];
            let bumped = scripts::BUMP.code(&*connection.wire, &name, &arguments);
            match node.perform(operation, &connection, bumped).await? {
                FOREIGN => announcements::announce_to_all(operation, &topology, &names).await,
                _ => Ok(()),
            }
        })
        .await
    }
}

/// The bytes of a token.
pub(super) fn bytes(token: Token) -> [u8; 8] {
    token.to_bits().to_be_bytes()
}

/// A time in milliseconds.
pub(super) fn digits(time: Duration) -> Vec<u8> {
    cap(time).to_string().into_bytes()
}
