//! The source behind the caches of several processes: rows with versions, and what is known of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, mpsc};

use super::wire::{self, Answer, Request};

/// The source, as the test sees it. Its drop ends the processes that are connected.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) port: u16,
    state: Arc<State>,
    listening: tokio::task::AbortHandle,
}

#[derive(Debug)]
struct State {
    rows: Mutex<Vec<Row>>,
    ready: Barrier,
    load_time: Duration,
}

#[derive(Clone, Debug)]
struct Row {
    version: u64,
    loads: u64,
}

impl Source {
    /// A source with so many rows, whose loads take so long, for so many processes.
    pub(super) async fn start(rows: u64, load_time: Duration, processes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let rows = (0..rows).map(|row| Row { version: first_version(row), loads: 0 }).collect();
        let ready = Barrier::new(processes);
        let state = Arc::new(State { rows: Mutex::new(rows), ready, load_time });
        let serving = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(Arc::clone(&serving).serve(stream));
            }
        });
        Self { port, state, listening: listening.abort_handle() }
    }

    /// How often each row was loaded.
    pub(super) fn loads(&self) -> Vec<u64> {
        self.state.rows().iter().map(|row| row.loads).collect()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The version that a row has before any write. No two rows have the same.
pub(super) fn first_version(row: u64) -> u64 {
    row * 1000 + 7
}

impl State {
    fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves one process until it is gone.
    async fn serve(self: Arc<Self>, stream: TcpStream) {
        stream.set_nodelay(true).expect("it is a socket");
        let (incoming, writer) = stream.into_split();
        let (answers, outgoing) = mpsc::unbounded_channel();
        tokio::spawn(wire::write(outgoing, writer));
        let mut incoming = BufReader::new(incoming);
        while let Some((number, request)) = wire::next_request(&mut incoming).await {
            let (state, answers) = (Arc::clone(&self), answers.clone());
            tokio::spawn(async move {
                let answer = state.answer(request).await;
                // The process may be gone by now.
                let _ = answers.send([number, answer] as Answer);
            });
        }
    }

    async fn answer(&self, request: Request) -> u64 {
        match request {
            Request::Ready => {
                self.ready.wait().await;
                0
            }
            Request::Load { row } => {
                // As a database: the row is read first, the answer may take its time.
                let version = {
                    let mut rows = self.rows();
                    let row = &mut rows[usize::try_from(row).expect("few rows")];
                    row.loads += 1;
                    row.version
                };
                tokio::time::sleep(self.load_time).await;
                version
            }
        }
    }
}
