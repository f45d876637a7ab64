//! The one connection that operations share: whether it is there, and how it comes back.
//!
//! No operation ever waits for a connection. While there is none, operations fail at once, and one task tries to
//! connect. When a connection is given up is told in `breaker`.
//!
//! The server reports on the same connection what others change. So a report of a change comes before the answer to
//! anything that is asked after it, and there is one state, not two: where operations are answered, changes are told.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, select};
use parking_lot::{Mutex, RwLock};
use redis::{PushInfo, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::breaker::{Pause, Silence, ends_connection, within};
use super::clock::ServerClock;
use super::diagnosis::{self, Diagnosis, Doubt};
use super::keys::Namespace;
use super::options::{RedisOptions, Target};
use super::probe;
use super::replies;
use super::tracking;
use super::versions;
use super::watchers::Watchers;
use super::wire::{self, Failure, Heard, Opened, Wire};
use crate::error::Result;
use crate::fault::Fault;
use crate::store::{Health, Watch};

pub(super) struct Link {
    pub(super) target: Target,
    pub(super) names: Namespace,
    connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) clock: ServerClock,
    connection: RwLock<Option<Arc<Connection>>>,
    /// Something that a reconnect waits for has happened: the connection was lost.
    gone: Notify,
    /// Who is told what changes.
    watchers: Watchers,
    /// Held while the connection comes or goes and the watchers are told, so that they are told in that order.
    turn: Mutex<()>,
    losses: AtomicU64,
    timeouts: AtomicU64,
    pub(super) diagnosis: Diagnosis,
    /// The server has refused something since it was last asked whether it does what it must.
    suspected: AtomicBool,
}

/// A connection that is there.
pub(super) struct Connection {
    pub(super) wire: Arc<dyn Wire>,
    heard: Heard,
    silence: Mutex<Silence>,
    driver: AbortHandle,
    /// Whether the server reports changes on it; if not, why.
    tracked: OnceLock<Result<(), Fault>>,
    /// It is over.
    ended: AtomicBool,
}

impl Connection {
    fn is_tracked(&self) -> bool {
        self.tracked.get().is_some_and(Result::is_ok)
    }
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
            watchers: Watchers::default(),
            turn: Mutex::new(()),
            losses: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            diagnosis: Diagnosis::default(),
            suspected: AtomicBool::new(false),
        })
    }

    /// The connection, if there is one.
    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        self.connection.read().clone()
    }

    pub(super) fn health(&self) -> Health {
        let connection = self.connection();
        let tracked = connection.as_ref().is_some_and(|connection| connection.is_tracked());
        Health {
            reachable: connection.is_some(),
            watching: tracked && !self.watchers.is_empty(),
            losses: self.losses.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            fault: self.diagnosis.fault(),
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
            Err(failure) => self.suspect(failure),
            Ok(_) => {}
        }
        result
    }

    /// Something was refused: with the next beat the server is asked what else is.
    fn suspect(&self, failure: &Failure) {
        let Failure::Refused(code) = failure else { return };
        let fault = diagnosis::refusal("", code);
        if fault.is_partial() {
            self.diagnosis.found(fault, &self.target);
        }
        self.suspected.store(true, Ordering::Relaxed);
    }

    /// Asks a server that has refused something, or did not do all that it should, whether it does now.
    pub(super) async fn look_again(&self, wire: &dyn Wire) -> Result<(), Failure> {
        let suspected = self.suspected.swap(false, Ordering::Relaxed);
        if !suspected && self.diagnosis.fault().is_none() {
            return Ok(());
        }
        probe::reads(wire, &self.names).await?;
        let fault = probe::writes(wire, &self.names).await?;
        if let Some(connection) = self.connection() {
            self.conclude(&connection, fault);
        }
        Ok(())
    }

    /// Takes note of what is wrong with a server that can be used.
    fn conclude(&self, connection: &Connection, fault: Option<Fault>) {
        let untracked = connection.tracked.get().and_then(|tracked| tracked.err());
        match fault.or(untracked) {
            Some(fault) => self.diagnosis.found(fault, &self.target),
            None => self.diagnosis.cured(),
        }
    }

    fn late(&self, connection: &Arc<Connection>, sent: u64) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        if connection.silence.lock().is_broken_off(sent, connection.heard.bytes()) {
            self.give_up(connection);
        }
    }

    /// Ends a connection, if it is still the current one. What is under way on it fails.
    fn give_up(&self, connection: &Arc<Connection>) {
        let _turn = self.turn.lock();
        if !self.connection().is_some_and(|current| Arc::ptr_eq(&current, connection)) {
            return;
        }
        *self.connection.write() = None;
        connection.driver.abort();
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.diagnosis.found(Fault::Lost, &self.target);
        if connection.is_tracked() {
            self.watchers.lost();
        }
        self.gone.notify_one();
    }

    /// Connects once.
    pub(super) async fn connect(self: &Arc<Self>) -> Result<(), Fault> {
        let doubt = Doubt::new();
        let opened = within(self.connect_timeout, self.open(&doubt)).await;
        let (connection, fault) = opened.map_err(|failure| doubt.settle(&failure))?;
        let _turn = self.turn.lock();
        if connection.ended.load(Ordering::Relaxed) {
            // When it ended it was not the current one yet, and nobody was told.
            return Err(Fault::Closed);
        }
        self.diagnosis.connected(&self.target);
        self.conclude(&connection, fault);
        *self.connection.write() = Some(Arc::clone(&connection));
        if connection.is_tracked() {
            self.watchers.restored();
        }
        Ok(())
    }

    /// Tells somebody from now on what changes.
    pub(super) fn watch(&self, watch: &Arc<dyn Watch>) {
        let _turn = self.turn.lock();
        let told = self.connection().is_some_and(|connection| connection.is_tracked());
        self.watchers.add(watch, told);
    }

    /// Passes on what the server says unasked.
    fn report(&self, info: &PushInfo) {
        self.watchers.tell(|watch| tracking::report(info, &self.names, watch));
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
            while let Err(fault) = self.connect().await {
                self.diagnosis.found(fault, &self.target);
                pause.wait().await;
            }
        }
    }

    /// Opens a connection; with it, what the server does not do of what it should.
    async fn open(
        self: &Arc<Self>,
        doubt: &Doubt,
    ) -> Result<(Arc<Connection>, Option<Fault>), Failure> {
        let told = Arc::downgrade(self);
        let pushes = move |info: PushInfo| {
            if let Some(link) = told.upgrade() {
                link.report(&info);
            }
            Ok::<_, ()>(())
        };
        let opened = wire::open(&self.target, self.connect_timeout, doubt, pushes).await?;
        let connection = self.connection_of(opened);
        let fault = self.greet(&*connection.wire).await?;
        let untracked = tracking::begin(self, &*connection.wire).await?;
        let _first = connection.tracked.set(untracked.map_or(Ok(()), Err));
        Ok((connection, fault))
    }

    /// Drives a connection, and asks every now and then whether the server is still there.
    fn connection_of(
        self: &Arc<Self>,
        opened: Opened<impl Future<Output = ()> + Send + 'static>,
    ) -> Arc<Connection> {
        let link = Arc::downgrade(self);
        Arc::new_cyclic(|this: &Weak<Connection>| {
            let (this, wire) = (Weak::clone(this), Arc::clone(&opened.wire));
            let (beats, heard) = (link.clone(), opened.heard.clone());
            let driver = tokio::spawn(async move {
                end_of(async {
                    select(pin!(opened.driver), pin!(tracking::beat(beats, wire, heard))).await;
                })
                .await;
                if let (Some(link), Some(connection)) = (link.upgrade(), this.upgrade()) {
                    // Before the turn is taken: see `connect`.
                    connection.ended.store(true, Ordering::Relaxed);
                    link.give_up(&connection);
                }
            });
            Connection {
                wire: opened.wire,
                heard: opened.heard,
                silence: Mutex::default(),
                driver: driver.abort_handle(),
                tracked: OnceLock::new(),
                ended: AtomicBool::new(false),
            }
        })
    }

    /// Chooses the database, and asks whether this is a primary that does what it must. What it does not do of that, though
    /// it can be used all the same, is returned.
    async fn greet(&self, wire: &dyn Wire) -> Result<Option<Fault>, Failure> {
        // Before the database, which a node of a cluster has no other than the first of.
        probe::reads(wire, &self.names).await?;
        if self.target.db != 0 {
            let mut select = redis::cmd("SELECT");
            select.arg(self.target.db);
            wire.send(select).await.map_err(|failure| match failure {
                failure if failure.is_refusal("ERR") => Failure::NoDatabase,
                failure => probe::named("SELECT", failure),
            })?;
        }
        self.check(wire).await?;
        // Before the rest: a server that does not know a command repeats what it was given, and the client loses its way in
        // bytes that are no text.
        let fault = probe::writes(wire, &self.names).await?;
        let mut get = redis::cmd("GET");
        let epoch = self.names.epoch();
        get.arg(&epoch);
        match probe::send(wire, "GET", get).await {
            // Made here and not by the first call of all: to the other processes a version that is made looks like one
            // that has changed, and would end the loads that each of them has begun by then.
            Ok(Value::Nil) => match versions::make(wire, &epoch, true).await {
                // A server that is full, as the probe has told: then a call makes it.
                Err(Failure::Refused(_)) => {}
                made => drop(made?),
            },
            Err(failure) if !failure.is_refusal("WRONGTYPE") => return Err(failure),
            _ => {}
        }
        Ok(fault)
    }

    /// Asks whether the server is still a primary, and what time it is there.
    pub(super) async fn check(&self, wire: &dyn Wire) -> Result<(), Failure> {
        let sent = Instant::now();
        let asked = ["ROLE", "TIME"].map(|name| probe::send(wire, name, redis::cmd(name)));
        let answers = join_all(asked).await;
        let received = Instant::now();
        let [role, time] = answers.try_into().map_err(|_| Failure::Garbled)?;
        replies::primary(role?)?;
        let time = replies::time(time?)?;
        self.clock.observe((time, time), sent, received);
        Ok(())
    }
}

/// Waits for the end of some work. A panic is one like others: whoever panicked may have been told of a change, and on a
/// connection that nobody drives nothing would ever be told.
async fn end_of(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or(Poll::Ready(()))
    })
    .await;
}
