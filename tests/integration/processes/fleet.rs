//! Processes of this same program that work for a test.

use std::fmt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a process is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) role: Role,
    /// The port of the source.
    pub(super) source: u16,
    /// The address of the cache's server.
    pub(super) url: String,
    pub(super) seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Waits for its end.
    Wait,
    /// Calls a function with `strategy = "lock"` from many tasks.
    Lock,
    /// Reads and writes at random.
    Race,
    /// The same with a cache as everybody writes it first.
    Naive,
}

/// The variable that holds the orders.
const ORDERS: &str = "CACHE_TEST_ORDERS";

/// The test that is a worker's whole life; see [`worker`](super::worker).
const WORKER: &str = "processes::worker::a_process_does_what_it_is_told";

impl Orders {
    /// The orders of this process, if it has any.
    pub(super) fn given() -> Option<Self> {
        let orders = std::env::var(ORDERS).ok()?;
        let mut words = orders.split(' ');
        let mut word = || words.next().expect("orders are complete");
        let role = match word() {
            "Wait" => Role::Wait,
            "Lock" => Role::Lock,
            "Race" => Role::Race,
            "Naive" => Role::Naive,
            other => panic!("no role: {other}"),
        };
        let source = word().parse().expect("a port");
        Some(Self { role, source, seed: word().parse().expect("a seed"), url: word().to_owned() })
    }
}

impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, source, url, seed } = self;
        write!(f, "{role:?} {source} {seed} {url}")
    }
}

/// A running process, killed when dropped. It ends by itself if its source does: also if this program is killed.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts this program once more, to be a worker and nothing else.
    pub(super) fn start(orders: &Orders) -> Self {
        let program = std::env::current_exe().expect("a program has a path");
        let child = Command::new(program)
            .args(["--exact", WORKER, "--nocapture", "--test-threads=1"])
            .env(ORDERS, orders.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("this program starts"))
    }

    /// Ends it without a goodbye, as a crash does.
    pub(super) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Waits for its end, but not for ever.
    pub(super) async fn end(&mut self, patience: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("it is our process") {
                return status;
            }
            assert!(start.elapsed() < patience, "the process does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
