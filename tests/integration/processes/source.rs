//! The source behind the caches of several processes: a service that is never wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, OwnedMutexGuard, mpsc, watch};
use tokio::task::JoinSet;

use super::rows::Rows;
use super::wire::{self, Answer, Request};
use crate::support::random::Random;

/// The source, as the test sees it. Its drop ends the processes that are connected.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) port: u16,
    state: Arc<State>,
    listening: tokio::task::AbortHandle,
}

/// How a source answers.
#[derive(Debug)]
pub(super) enum Pace {
    /// A load takes so long.
    Even(Duration),
    /// A statement takes another time each time.
    Random(Mutex<Random>),
}

#[derive(Debug)]
struct State {
    rows: Mutex<Rows>,
    pace: Pace,
    ready: Barrier,
    over: watch::Sender<bool>,
    locks: Mutex<HashMap<u64, Arc<tokio::sync::Mutex<()>>>>,
    counters: Mutex<HashMap<u64, u64>>,
    /// How long a guard stands; `None` if nothing is known of a writer that died.
    guard: Option<Duration>,
    connected: AtomicU64,
}

impl Source {
    /// A source with so many rows, for so many processes. With `guard`, a version that was written under a guard counts
    /// as acknowledged when that is over.
    pub(super) async fn start(
        rows: u64,
        pace: Pace,
        processes: usize,
        guard: Option<Duration>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(State {
            rows: Mutex::new(Rows::new(rows)),
            pace,
            ready: Barrier::new(processes),
            over: watch::Sender::new(false),
            locks: Mutex::default(),
            counters: Mutex::default(),
            guard,
            connected: AtomicU64::new(0),
        });
        let serving = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(Arc::clone(&serving).serve(stream));
            }
        });
        Self { port, state, listening: listening.abort_handle() }
    }

    /// Tells the processes that the test is over.
    pub(super) fn end(&self) {
        self.state.over.send_replace(true);
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.state.rows()
    }

    /// What the processes have counted.
    pub(super) fn counted(&self) -> HashMap<u64, u64> {
        self.state.counters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Pace {
    pub(super) fn random(seed: u64) -> Self {
        Self::Random(Mutex::new(Random::new(seed)))
    }

    /// Lets others go first: often not at all, sometimes for longer than most things take.
    async fn dawdle(&self, load: bool) {
        let time = match self {
            Self::Even(time) => Some(*time).filter(|_| load),
            Self::Random(random) => {
                let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
                let most = [0, 0, 3, 10, 25, if load { 90 } else { 40 }];
                let most = most[usize::try_from(random.below(6)).expect("small")];
                (most > 0).then(|| Duration::from_millis(1 + random.below(most)))
            }
        };
        if let Some(time) = time {
            tokio::time::sleep(time).await;
        }
    }
}

/// The locks that a process holds; given back when it is gone.
type Held = Arc<Mutex<HashMap<u64, OwnedMutexGuard<()>>>>;

impl State {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves one process until it is gone.
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        stream.set_nodelay(true).expect("it is a socket");
        let process = self.connected.fetch_add(1, Ordering::Relaxed);
        let (incoming, writer) = stream.into_split();
        let (answers, outgoing) = mpsc::unbounded_channel();
        let sender = tokio::spawn(wire::write(outgoing, writer)).abort_handle();
        let (held, mut waiting) = (Held::default(), JoinSet::new());
        let mut incoming = BufReader::new(incoming);
        while let Some((number, request)) = wire::next_request(&mut incoming).await {
            let answer = {
                let answers = answers.clone();
                move |answer: u64| {
                    // The process may be gone by then.
                    let _ = answers.send([number, answer] as Answer);
                }
            };
            let state = Arc::clone(&self);
            match request {
                Request::Now => answer(self.rows().now()),
                Request::Acked { rows, version } => {
                    let why = format!("so process {process} was told");
                    self.rows().acknowledge(rows, version, &why);
                }
                Request::Seen { row, version, since } => {
                    self.rows().seen(row, version, since, process);
                }
                Request::Count { counter, number } => {
                    let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
                    *counters.entry(counter).or_default() += number;
                }
                Request::Unlock { row } => {
                    held.lock().unwrap_or_else(PoisonError::into_inner).remove(&row);
                }
                Request::Lock { row } => {
                    let (lock, held) = (self.lock_of(row), Arc::clone(&held));
                    waiting.spawn(async move {
                        let guard = lock.lock_owned().await;
                        held.lock().unwrap_or_else(PoisonError::into_inner).insert(row, guard);
                        answer(0);
                    });
                }
                // Not ended with the process: a statement runs on.
                Request::Load { .. } | Request::Write { .. } => {
                    tokio::spawn(async move { answer(state.run(request, process).await) });
                }
                Request::Ready | Request::Over => {
                    waiting.spawn(async move {
                        state.wait(request).await;
                        answer(0);
                    });
                }
            }
        }
        waiting.shutdown().await;
        held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        sender.abort();
    }

    fn lock_of(&self, row: u64) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(row).or_default())
    }

    async fn wait(&self, request: Request) {
        if request == Request::Ready {
            self.ready.wait().await;
        } else {
            let mut over = self.over.subscribe();
            // The sender lives as long as this.
            let _ = over.wait_for(|over| *over).await;
        }
    }

    async fn run(self: &Arc<Self>, request: Request, process: u64) -> u64 {
        match request {
            Request::Load { row } => {
                // As a database: the row is read first, the answer may take its time.
                let version = self.rows().load(row, process);
                self.pace.dawdle(true).await;
                version
            }
            Request::Write { rows, by, guarded } => {
                self.pace.dawdle(false).await;
                let Some(version) = self.rows().write(rows, by, process) else { return 0 };
                if let (true, Some(guard)) = (guarded, self.guard) {
                    let state = Arc::clone(self);
                    tokio::spawn(async move {
                        tokio::time::sleep(guard).await;
                        let mut known = state.rows();
                        known.acknowledge(rows, version, "its guard is over");
                        known.verdict.bounded += 1;
                    });
                }
                self.pace.dawdle(false).await;
                version
            }
            _ => 0,
        }
    }
}
