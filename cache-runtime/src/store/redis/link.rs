//! The link to a node: the one connection that operations share, and whether it is there.
//!
//! No operation ever waits for a connection. While there is none, operations fail at once, and one task tries to
//! connect (`connect`). When a connection is given up is told in `breaker`.
//!
//! The server reports on the same connection what others change. So a report of a change comes before the answer to
//! anything that is asked after it, and there is one state, not two: where operations are answered, changes are told.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::breaker::{Silence, ends_connection, within};
use super::clock::ServerClock;
use super::diagnosis::{self, Diagnosis};
use super::failure::Failure;
use super::options::{RedisOptions, Target};
use super::wire::{Heard, Wire};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::store::{Health, Namespace, Watch, Watchers};

/// The link to a node.
pub(super) struct Link {
    pub(super) target: Target,
    pub(super) names: Namespace,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) clock: ServerClock,
    pub(super) connection: RwLock<Option<Arc<Connection>>>,
    /// Something that a reconnect waits for has happened: the connection was lost.
    pub(super) gone: Notify,
    /// Who is told what changes.
    pub(super) watchers: Watchers,
    /// Held while the connection comes or goes and the watchers are told, so that they are told in that order.
    pub(super) turn: Mutex<()>,
    losses: AtomicU64,
    timeouts: AtomicU64,
    pub(super) diagnosis: Diagnosis,
    /// The server has refused something since it was last asked whether it does what it must.
    pub(super) suspected: AtomicBool,
}

/// A connection that is there.
pub(super) struct Connection {
    pub(super) wire: Arc<dyn Wire>,
    pub(super) heard: Heard,
    pub(super) silence: Mutex<Silence>,
    pub(super) driver: AbortHandle,
    /// Whether the server reports changes on it; if not, why.
    pub(super) tracking: OnceLock<Result<(), Fault>>,
    /// It is over.
    pub(super) ended: AtomicBool,
}

impl Connection {
    pub(super) fn is_tracking(&self) -> bool {
        self.tracking.get().is_some_and(Result::is_ok)
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

    /// The connection, for an operation that fails if there is none.
    pub(super) fn connected(&self, operation: &'static str) -> Result<Arc<Connection>> {
        self.connection().ok_or_else(|| self.unavailable(operation, &Failure::Away))
    }

    /// Does the work of an operation by its deadline, and draws the conclusions from how it ends.
    pub(super) async fn perform<T>(
        &self,
        operation: &'static str,
        connection: &Arc<Connection>,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T> {
        let done = self.timed(connection, work).await;
        done.map_err(|why| self.unavailable(operation, &why))
    }

    /// The error of an operation that has no answer.
    pub(super) fn unavailable(&self, operation: &'static str, why: &Failure) -> Error {
        Error::unavailable(format!("`{operation}` on {}: {why}", self.target))
    }

    pub(super) fn health(&self) -> Health {
        let connection = self.connection();
        let tracking = connection.as_ref().is_some_and(|connection| connection.is_tracking());
        Health {
            reachable: connection.is_some(),
            tracking: tracking && !self.watchers.is_empty(),
            losses: self.losses.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            fault: self.diagnosis.fault(),
        }
    }

    async fn timed<T>(
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

    /// Takes note of what is wrong with a server that can be used.
    pub(super) fn conclude(&self, connection: &Connection, fault: Option<Fault>) {
        let refused = connection.tracking.get().and_then(|tracking| tracking.err());
        match fault.or(refused) {
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
    pub(super) fn give_up(&self, connection: &Arc<Connection>) {
        let _turn = self.turn.lock();
        if !self.connection().is_some_and(|current| Arc::ptr_eq(&current, connection)) {
            return;
        }
        *self.connection.write() = None;
        connection.driver.abort();
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.diagnosis.found(Fault::Lost, &self.target);
        if connection.is_tracking() {
            self.watchers.lost();
        }
        self.gone.notify_one();
    }

    /// Tells somebody from now on what changes.
    pub(super) fn watch(&self, watch: &Arc<dyn Watch>) {
        let _turn = self.turn.lock();
        let tracking = self.connection().is_some_and(|connection| connection.is_tracking());
        self.watchers.add(watch, tracking);
    }
}
