//! The store on a server, which processes share: Redis 7.0 or later, Valkey 7.2 or later.
//!
//! # On the server
//!
//! Names and bytes are those of [`layout`](super::layout). Reading an entry is one `MGET`, with the versions of its tags. Every change of an entry is a script on its one key,
//! so it also works in a cluster. What is under one of these names and was not put there by such a store is never
//! changed or removed.
//!
//! # When the server is away
//!
//! Operations fail at once, and a task of the store's own tries to connect (`link`). Every operation has a
//! deadline. What breaks a connection off is in `breaker`.
//!
//! # When the server cannot serve
//!
//! With each connection, and whenever something was refused, the server is asked to do all that operations need (`probe`).
//! What it refuses is a fault (`diagnosis`): with most of them the server is not used, as if it were away, with some it is,
//! for what it still does.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::select;
use tokio::sync::watch;

pub use options::RedisOptions;

use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::io::Io;
use crate::store::Watch;
use crate::store::layout::Space;
use failure::Failure;
use link::{Connection, Link};
use options::Target;

mod announcements;
mod breaker;
mod clock;
mod connect;
mod contract;
mod diagnosis;
mod failure;
mod heartbeat;
mod link;
mod options;
mod probe;
mod reach;
mod record;
mod replies;
mod scripts;
mod stage;
mod tls;
mod tracking;
mod versions;
mod watchers;
mod wire;

/// A [`Store`](super::Store) on a Redis or Valkey server.
///
/// Cloning it gives another handle on the same connections. They end with the last handle.
///
/// Operations may be awaited on any executor. Those that change something go on when their caller is dropped. While the server is away they fail
/// at once; a server that stops answering costs each of the first calls its deadline.
///
/// # Types
///
/// Beside every value stand two numbers: one for the full name of its type, the policy's `version` and the shapes of its
/// tags, without which bytes are not decoded at all; and one for what the value looks like through its `Serialize`, which
/// what is decoded must have as well. So a value of a type that looked otherwise is a miss, also where it has the same name.
/// No code of the type is run on values that were made up.
///
/// # Permissions
///
/// The user that the URL names needs these, with the namespace for `ns`, and no others; `+select` is for a database
/// other than 0. A user without a password also needs `+hello`.
///
/// ```text
/// ~ns:* -@all +role +time +get +mget +getrange +setrange +set +unlink +pttl +pexpire +touch
/// +eval +evalsha +client|tracking +scan +select
/// ```
///
/// ```no_run
/// # async fn connect() -> cache_runtime::Result<()> {
/// use cache_runtime::store::{RedisOptions, RedisStore, Store};
///
/// let store = RedisStore::connect(RedisOptions::new("redis://localhost", "shop")).await?;
/// assert!(store.health().reachable);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    core: Arc<Core>,
    space: Space,
}

struct Core {
    io: Io,
    link: Arc<Link>,
    max_value: usize,
    /// Its drop ends the background tasks, although the thread may be in use by others.
    running: watch::Sender<()>,
}

impl RedisStore {
    /// Connects to a server.
    ///
    /// A server that is not there is no error: the store is unreachable until it comes, see
    /// [`health`](super::Store::health).
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the URL or the namespace cannot be used, or the server will not serve before
    /// somebody changes something ([`Fault::is_lasting`]): it refuses the user, the password or the database, it refuses a
    /// command that is needed or does not have it, it takes connections from its own machine only, it is too old, or it
    /// speaks TLS where the URL does not say so. [`is_unsupported`](Error::is_unsupported) if the URL is for TLS, a cluster
    /// or Sentinel, or the server is a node of a cluster.
    pub async fn connect(options: RedisOptions) -> Result<Self> {
        let link = Arc::new(Link::new(&options)?);
        let core = Core {
            io: Io::start()?,
            link: Arc::clone(&link),
            max_value: options.max_value,
            running: watch::channel(()).0,
        };
        let first = core.io.spawn(async move { link.connect().await }).await;
        if let Some(Err(fault)) = first {
            if fault.is_lasting() {
                return Err(unusable(fault, &core.link.target));
            }
            core.link.diagnosis.found(fault, &core.link.target);
        }
        core.keep(Arc::clone(&core.link).keep());
        Ok(Self { core: Arc::new(core), space: Space::Tracked })
    }

    /// The same store for entries that no process keeps copies of: on the same connections, with the same tags, but
    /// under names of their own, whose changes are reported to nobody.
    #[must_use]
    pub fn untracked(&self) -> Self {
        Self { core: Arc::clone(&self.core), space: Space::Untracked }
    }

    /// The thread on which the store's connections live.
    pub(crate) fn io(&self) -> &Io {
        &self.core.io
    }

    /// Runs an operation on the connection, if there is one, by its deadline.
    async fn run<T, F>(
        &self,
        operation: &'static str,
        work: impl FnOnce(Arc<Connection>) -> F + Send,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let Core { io, link, .. } = &*self.core;
        let done = match link.connection() {
            None => Err(Failure::Away),
            Some(connection) => {
                let (timer, work) = (Arc::clone(link), work(Arc::clone(&connection)));
                let task = io.spawn(async move { timer.timed(&connection, work).await });
                task.await.unwrap_or(Err(Failure::Lost))
            }
        };
        done.map_err(|why| Error::unavailable(format!("`{operation}` on {}: {why}", link.target)))
    }

    fn watch_with(&self, watch: &Arc<dyn Watch>) {
        if self.space == Space::Tracked {
            self.core.link.watch(watch);
        }
    }
}

impl Core {
    /// Runs something in the background until the store is dropped.
    fn keep(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.subscribe();
        let ended = async move { while running.changed().await.is_ok() {} };
        drop(self.io.spawn(async move {
            select(pin!(work), pin!(ended)).await;
        }));
    }
}

/// The error for a server that will not serve before somebody changes something.
fn unusable(fault: Fault, target: &Target) -> Error {
    let text = format!("the server at {target} cannot be used: {fault}");
    if fault == Fault::Cluster { Error::unsupported(text) } else { Error::config(text) }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("server", &self.core.link.target.to_string())
            .field("names", &self.core.link.names)
            .field("space", &self.space)
            .field("health", &self.core.link.health())
            .finish()
    }
}
