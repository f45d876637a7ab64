//! A store on a server: its connections, and the handles on them.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::select;
use tokio::sync::watch;

use super::link::Link;
use super::options::{RedisOptions, Target};
use super::topology::Topology;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::io::Io;
use crate::key::Key;
use crate::store::Namespace;
use crate::store::layout::Space;

/// A [`Store`](crate::store::Store) on a Redis or Valkey server.
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
    pub(super) core: Arc<Core>,
    pub(super) space: Space,
}

pub(super) struct Core {
    pub(super) io: Io,
    pub(super) topology: Arc<Topology>,
    pub(super) names: Namespace,
    pub(super) max_value: usize,
    /// Its drop ends the background tasks, although the thread may be in use by others.
    running: watch::Sender<()>,
}

impl RedisStore {
    /// Connects to a server.
    ///
    /// A server that is not there is no error: the store is unreachable until it comes, see
    /// [`health`](crate::store::Store::health).
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
            topology: Arc::new(Topology::of_server(Arc::clone(&link))),
            names: link.names.clone(),
            max_value: options.max_value,
            running: watch::channel(()).0,
        };
        let connecting = Arc::clone(&link);
        let first = core.io.spawn(async move { connecting.connect().await }).await;
        if let Some(Err(fault)) = first {
            if fault.is_lasting() {
                return Err(unusable(fault, &link.target));
            }
            link.diagnosis.found(fault, &link.target);
        }
        core.keep(link.keep());
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

    /// The link to the node that serves a key.
    pub(super) fn node_of(&self, name: &[u8]) -> &Arc<Link> {
        self.core.topology.node_of(name)
    }

    /// The name of an entry.
    pub(super) fn entry(&self, key: &Key) -> Vec<u8> {
        self.core.names.entry(self.space, key)
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
        let Core { topology, names, .. } = &*self.core;
        let nodes = topology.nodes().map(|link| link.target.to_string()).collect::<Vec<_>>();
        f.debug_struct("RedisStore")
            .field("server", &nodes.join(", "))
            .field("names", names)
            .field("space", &self.space)
            .field("health", &topology.health())
            .finish()
    }
}
