//! Writes that end as a test wants them to.

use cache_runtime::testing::Gate;
use cache_runtime::{Ambient, invalidates, traced};

use crate::support::source::Source;
use crate::support::subject::row;

/// How a writing function ends, after it has changed the row from 1 to 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Err,
    Panic,
    Dropped,
}

pub(super) const ENDS: [End; 4] = [End::Ok, End::Err, End::Panic, End::Dropped];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed;

impl From<cache_runtime::Error> for Failed {
    fn from(_: cache_runtime::Error) -> Self {
        Self
    }
}

/// A write of row 1: it has changed the row when it arrives at the gate, and goes on when that opens.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) source: Source,
    pub(super) gate: Gate,
    pub(super) end: End,
}

impl Ambient for Statement {}

impl Statement {
    /// With row 1 at 1, and cached if so wanted.
    pub(super) async fn new(end: End, cached: bool) -> Self {
        let source = Source::default();
        source.set(1, 1);
        if cached {
            assert_eq!(row(&source, 1).await, 1);
        }
        Self { source, gate: Gate::new(), end }
    }

    async fn run(&self, id: u64) -> Result<u64, Failed> {
        self.source.set(id, 2);
        self.gate.pass().await;
        match self.end {
            End::Ok => Ok(id),
            End::Err => Err(Failed),
            End::Panic => panic!("the write panics, as the test asked it to"),
            End::Dropped => std::future::pending().await,
        }
    }

    /// Runs a write up to the gate.
    pub(super) async fn start<F>(&self, write: impl FnOnce(Self) -> F) -> Running
    where
        F: Future<Output = Result<u64, Failed>> + Send + 'static,
    {
        let task = tokio::spawn(write(self.clone()));
        self.gate.arrived(1).await;
        Running { gate: self.gate.clone(), end: self.end, task }
    }

    /// Reads row 1 through the cache: what it is, and why.
    pub(super) async fn look(&self) -> (u64, &'static str) {
        let (row, outcome) = traced(row(&self.source, 1)).await;
        (row, outcome.reason())
    }
}

pub(super) const HIT: &str = "fresh value in the local tier";
pub(super) const STORED: &str = "loaded and stored";
pub(super) const GUARDED: &str = "loaded, not stored: another load or a writer holds the key";

/// A write whose statement is through, but whose function has not ended.
#[must_use]
pub(super) struct Running {
    gate: Gate,
    end: End,
    task: tokio::task::JoinHandle<Result<u64, Failed>>,
}

impl Running {
    /// Lets the function end in its way.
    pub(super) async fn end(self) {
        self.gate.open();
        if self.end == End::Dropped {
            self.task.abort();
        }
        let ended = match self.task.await {
            Ok(Ok(_)) => End::Ok,
            Ok(Err(Failed)) => End::Err,
            Err(error) if error.is_panic() => End::Panic,
            Err(_) => End::Dropped,
        };
        assert_eq!(ended, self.end);
    }
}

macro_rules! writes {
    ($id:ident: $($name:ident: [$($options:tt)*],)*) => {$(
        #[invalidates($($options)*)]
        async fn $name(statement: &Statement, $id: u64) -> Result<u64, Failed> {
            statement.run($id).await
        }

        pub(super) mod $name {
            use super::{Failed, Statement};

            pub(in super::super) async fn run(statement: Statement) -> Result<u64, Failed> {
                super::$name(&statement, 1).await
            }
        }
    )*};
}

writes! {
    id:
    by_key: [row(id)],
    by_tag: [tags = ["row:<id>"]],
    by_value: [|written| row(*written)],
    only_ok: [row(id), tags = ["rows"], only_ok],
    guarded_10s: [row(id), tags = ["rows"], guard = "10s"],
    tags_10s: [tags = ["rows"], guard = "10s"],
    tags_1h: [tags = ["rows"], guard = "1h"],
    tags_held: [tags = ["rows"], hold = "500ms"],
    unguarded: [row(id), guard = "off"],
    required: [row(id), guard = "required"],
    held: [row(id), hold = "500ms"],
    held_by_value: [|written| row(*written), hold = "500ms"],
}
