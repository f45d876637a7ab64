//! Connecting: how the connection of a link is made, and made again.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;
use std::time::Instant;

use futures_util::future::select;
use parking_lot::Mutex;
use redis::{PushInfo, Value};

use super::breaker::{Pause, within};
use super::failure::Failure;
use super::link::{Connection, Link};
use super::stage::ConnectStage;
use super::wire::{self, Opened, Wire};
use super::{heartbeat, probe, tracking, versions};
use crate::fault::Fault;

impl Link {
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

    /// Connects once.
    pub(super) async fn connect(self: &Arc<Self>) -> Result<(), Fault> {
        let stage = ConnectStage::new();
        let opened = within(self.connect_timeout, self.open(&stage)).await;
        let (connection, fault) = opened.map_err(|failure| stage.fault_of(&failure))?;
        let _turn = self.turn.lock();
        if connection.ended.load(Ordering::Relaxed) {
            // When it ended it was not the current one yet, and nobody was told.
            return Err(Fault::Closed);
        }
        self.diagnosis.connected(&self.target);
        self.conclude(&connection, fault);
        *self.connection.write() = Some(Arc::clone(&connection));
        if connection.is_tracking() {
            self.watchers.restored();
        }
        Ok(())
    }

    /// Opens a connection; with it, what the server does not do of what it should.
    async fn open(
        self: &Arc<Self>,
        stage: &ConnectStage,
    ) -> Result<(Arc<Connection>, Option<Fault>), Failure> {
        let told = Arc::downgrade(self);
        let pushes = move |info: PushInfo| {
            if let Some(link) = told.upgrade() {
                link.report(&info);
            }
            Ok::<_, ()>(())
        };
        let opened = wire::open(&self.target, self.connect_timeout, stage, pushes).await?;
        let connection = self.connection_of(opened);
        let fault = self.greet(&*connection.wire).await?;
        let refused = tracking::begin(&self.names, &*connection.wire).await?;
        let _first = connection.tracking.set(refused.map_or(Ok(()), Err));
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
                    select(pin!(opened.driver), pin!(heartbeat::beat(beats, wire, heard))).await;
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
                tracking: OnceLock::new(),
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

    /// Passes on what the server says unasked.
    fn report(&self, info: &PushInfo) {
        self.watchers.tell(|watch| tracking::report(info, &self.names, watch));
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
