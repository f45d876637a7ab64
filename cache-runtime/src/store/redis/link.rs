//! The one connection that operations share: whether it is there, and how it comes back.
//!
//! No operation ever waits for a connection. While there is none, operations fail at once, and one task tries to
//! connect. When a connection is given up is told in `breaker`.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::breaker::{Pause, Silence, ends_connection, within};
use super::clock::ServerClock;
use super::keys::Namespace;
use super::options::{RedisOptions, Target};
use super::replies;
use super::wire::{self, Failure, Heard, Wire};
use crate::error::Result;
use crate::io;
use crate::store::{Health, Watch};

pub(super) struct Link {
    pub(super) target: Target,
    pub(super) names: Namespace,
    pub(super) connect_timeout: Duration,
    response_timeout: Duration,
    pub(super) clock: ServerClock,
    connection: RwLock<Option<Arc<Connection>>>,
    /// Something that a reconnect waits for has happened: the connection was lost.
    gone: Notify,
    pub(super) watch: OnceLock<Arc<dyn Watch>>,
    pub(super) watching: AtomicBool,
    losses: AtomicU64,
    timeouts: AtomicU64,
}

/// A connection that is there.
pub(super) struct Connection {
    pub(super) wire: Arc<dyn Wire>,
    heard: Heard,
    silence: Mutex<Silence>,
    driver: AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Link {
    pub(super) fn new(options: &RedisOptions) -> Result<Self> {
        Ok(Self {
            target: Target::parse(&options.url)?,
            names: Namespace::new(&options.namespace)?,
            connect_timeout: options.connect_timeout,
            response_timeout: options.response_timeout,
            clock: ServerClock::new(),
            connection: RwLock::new(None),
            gone: Notify::new(),
            watch: OnceLock::new(),
            watching: AtomicBool::new(false),
            losses: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
        })
    }

    /// The connection, if there is one.
    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        self.connection.read().clone()
    }

    pub(super) fn health(&self) -> Health {
        Health {
            reachable: self.connection.read().is_some(),
            watching: self.watching.load(Ordering::Relaxed),
            losses: self.losses.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
        }
    }

    /// Does the work of an operation, and draws the conclusions from how it ends.
    pub(super) async fn timed<T>(
        &self,
        connection: &Arc<Connection>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let heard = connection.heard.bytes();
        let result = within(self.response_timeout, work).await;
        match &result {
            Err(Failure::Late) => self.late(connection, heard),
            Err(failure) if ends_connection(failure) => self.give_up(connection),
            _ => {}
        }
        result
    }

    fn late(&self, connection: &Arc<Connection>, sent: u64) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        if connection.silence.lock().is_broken_off(sent, connection.heard.bytes()) {
            self.give_up(connection);
        }
    }

    /// Ends a connection, if it is still the current one. What is under way on it fails.
    fn give_up(&self, connection: &Arc<Connection>) {
        let mut current = self.connection.write();
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
            *current = None;
            drop(current);
            connection.driver.abort();
            self.losses.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(server = %self.target, "the connection is lost");
            self.gone.notify_one();
        }
    }

    /// Connects once.
    pub(super) async fn connect(self: &Arc<Self>) -> Result<(), Failure> {
        let connection = within(self.connect_timeout, self.open()).await?;
        *self.connection.write() = Some(Arc::clone(&connection));
        // It may have ended when it was not the current one yet.
        if connection.driver.is_finished() {
            self.give_up(&connection);
            return Err(Failure::Lost);
        }
        if let Some(watch) = self.watch.get() {
            watch.reachable();
        }
        Ok(())
    }

    /// Keeps connecting whenever there is no connection. Never ends.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut pause = Pause::new();
        loop {
            let since = Instant::now();
            while self.connection().is_some() {
                self.gone.notified().await;
            }
            pause.after(since.elapsed()).await;
            while self.connect().await.is_err() {
                pause.wait().await;
            }
            tracing::info!(server = %self.target, "connected");
        }
    }

    async fn open(self: &Arc<Self>) -> Result<Arc<Connection>, Failure> {
        let opened = wire::open(&self.target, |_| Ok::<_, ()>(())).await?;
        let (driver, link) = (opened.driver, Arc::downgrade(self));
        let connection = Arc::new_cyclic(|connection: &Weak<Connection>| {
            let connection = Weak::clone(connection);
            let driver = tokio::spawn(async move {
                driver.await;
                if let (Some(link), Some(connection)) = (link.upgrade(), connection.upgrade()) {
                    link.give_up(&connection);
                }
            });
            Connection {
                wire: opened.wire,
                heard: opened.heard,
                silence: Mutex::default(),
                driver: driver.abort_handle(),
            }
        });
        self.greet(&*connection.wire).await?;
        Ok(connection)
    }

    /// Chooses the database, and asks whether this is a primary that serves.
    pub(super) async fn greet(&self, wire: &dyn Wire) -> Result<(), Failure> {
        if self.target.db != 0 {
            let mut select = redis::cmd("SELECT");
            select.arg(self.target.db);
            wire.send(select).await.map_err(|failure| match failure {
                Failure::Refused(_) => Failure::NoDatabase,
                failure => failure,
            })?;
        }
        self.check(wire).await?;
        // Unlike the two, this is refused while a server loads its data.
        let mut get = redis::cmd("GET");
        get.arg(self.names.epoch());
        match wire.send(get).await {
            Err(failure) if !failure.is_refusal("WRONGTYPE") => Err(failure),
            _ => Ok(()),
        }
    }

    /// Asks whether the server is still a primary, and what time it is there.
    pub(super) async fn check(&self, wire: &dyn Wire) -> Result<(), Failure> {
        let sent = Instant::now();
        let asked = ["ROLE", "TIME"].map(|name| wire.send(redis::cmd(name)));
        let answers = io::all(asked.into()).await;
        let received = Instant::now();
        let [role, time] = answers.try_into().map_err(|_| Failure::Garbled)?;
        replies::primary(role?)?;
        let time = replies::time(time?)?;
        self.clock.observe((time, time), sent, received);
        Ok(())
    }
}
