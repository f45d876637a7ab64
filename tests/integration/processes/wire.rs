//! How a process speaks with the source of its test: frames of numbers over one connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cache_runtime::Ambient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// What a process asks of the source, or tells it. Times are the source's, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Answered when all processes of the test are there.
    Ready,
    /// Answered when the test is over.
    Over,
    /// Asks for the time.
    Now,
    /// Reads a row. The answer may take its time.
    Load {
        row: u64,
    },
    /// Gives rows a new version, which is the answer; zero if that would be later than `by`. `guarded` if readers see
    /// the old version at most to the end of a guard that was placed before.
    Write {
        rows: [u64; 2],
        by: u64,
        guarded: bool,
    },
    /// The cache has said that rows with this version are written.
    Acked {
        rows: [u64; 2],
        version: u64,
    },
    /// A read that began then has returned this version.
    Seen {
        row: u64,
        version: u64,
        since: u64,
    },
    /// Waits until no other process has the lock of a row.
    Lock {
        row: u64,
    },
    Unlock {
        row: u64,
    },
    /// Adds to a counter of the test.
    Count {
        counter: u64,
        number: u64,
    },
}

/// A request's number, its kind and what it says.
type Frame = [u64; 6];
/// The number of the request that is answered, and the answer.
pub(super) type Answer = [u64; 2];

impl Request {
    fn frame(self, number: u64) -> Frame {
        let [kind, a, b, c, d] = match self {
            Self::Ready => [0; 5],
            Self::Over => [1, 0, 0, 0, 0],
            Self::Now => [2, 0, 0, 0, 0],
            Self::Load { row } => [3, row, 0, 0, 0],
            Self::Write { rows: [one, two], by, guarded } => [4, one, two, by, guarded.into()],
            Self::Acked { rows: [one, two], version } => [5, one, two, version, 0],
            Self::Seen { row, version, since } => [6, row, version, since, 0],
            Self::Lock { row } => [7, row, 0, 0, 0],
            Self::Unlock { row } => [8, row, 0, 0, 0],
            Self::Count { counter, number } => [9, counter, number, 0, 0],
        };
        [number, kind, a, b, c, d]
    }

    fn of(frame: Frame) -> Option<Self> {
        let [_, kind, a, b, c, d] = frame;
        Some(match kind {
            0 => Self::Ready,
            1 => Self::Over,
            2 => Self::Now,
            3 => Self::Load { row: a },
            4 => Self::Write { rows: [a, b], by: c, guarded: d != 0 },
            5 => Self::Acked { rows: [a, b], version: c },
            6 => Self::Seen { row: a, version: b, since: c },
            7 => Self::Lock { row: a },
            8 => Self::Unlock { row: a },
            9 => Self::Count { counter: a, number: b },
            _ => return None,
        })
    }
}

/// A process's connection with the source. The process ends when the source does.
#[derive(Clone, Debug)]
pub(super) struct Source(Arc<Asked>);

#[derive(Debug)]
struct Asked {
    outgoing: mpsc::UnboundedSender<Frame>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<u64>>>,
    next: AtomicU64,
}

impl Ambient for Source {}

impl Source {
    pub(super) async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the source is there");
        stream.set_nodelay(true).expect("it is a socket");
        let (incoming, writer) = stream.into_split();
        let (outgoing, frames) = mpsc::unbounded_channel();
        let asked =
            Arc::new(Asked { outgoing, waiting: Mutex::default(), next: AtomicU64::new(1) });
        tokio::spawn(write(frames, writer));
        tokio::spawn(hear(Arc::clone(&asked), incoming));
        Self(asked)
    }

    /// Sends a request and waits for the answer. What was sent is done also if the caller goes away.
    pub(super) async fn ask(&self, request: Request) -> u64 {
        let (sender, answer) = oneshot::channel();
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        self.send(number, request);
        answer.await.unwrap_or_default()
    }

    /// Sends what has no answer. What is sent first is done first.
    pub(super) fn tell(&self, request: Request) {
        self.send(0, request);
    }

    fn send(&self, number: u64, request: Request) {
        // Only ever an error when the process is about to end.
        let _ = self.0.outgoing.send(request.frame(number));
    }
}

async fn hear(asked: Arc<Asked>, incoming: OwnedReadHalf) {
    let mut incoming = BufReader::new(incoming);
    while let Some([number, answer]) = read_words(&mut incoming).await {
        let waiting = asked.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        if let Some(waiting) = waiting {
            // Whoever asked may have gone.
            let _ = waiting.send(answer);
        }
    }
    // The test is over, or has failed: nobody is left behind.
    std::process::exit(0);
}

/// Reads what a process asks; with the request's number.
pub(super) async fn next_request(
    incoming: &mut BufReader<OwnedReadHalf>,
) -> Option<(u64, Request)> {
    let frame: Frame = read_words(incoming).await?;
    Some((frame[0], Request::of(frame)?))
}

/// Writes what comes on a channel until that or the connection ends.
pub(super) async fn write<const N: usize>(
    mut frames: mpsc::UnboundedReceiver<[u64; N]>,
    mut writer: OwnedWriteHalf,
) {
    while let Some(frame) = frames.recv().await {
        let bytes = frame.map(u64::to_be_bytes);
        if writer.write_all(bytes.as_flattened()).await.is_err() {
            return;
        }
    }
}

async fn read_words<const N: usize>(incoming: &mut BufReader<OwnedReadHalf>) -> Option<[u64; N]> {
    let mut words = [0; N];
    for word in &mut words {
        *word = incoming.read_u64().await.ok()?;
    }
    Some(words)
}
