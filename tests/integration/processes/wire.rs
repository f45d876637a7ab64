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
    /// Reads a row. The answer may take its time.
    Load { row: u64 },
}

/// A request's number, its kind and what it says.
type Frame = [u64; 6];
/// The number of the request that is answered, and the answer.
pub(super) type Answer = [u64; 2];

impl Request {
    fn frame(self, number: u64) -> Frame {
        match self {
            Self::Ready => [number, 0, 0, 0, 0, 0],
            Self::Load { row } => [number, 1, row, 0, 0, 0],
        }
    }

    fn of(frame: Frame) -> Option<Self> {
        Some(match frame {
            [_, 0, ..] => Self::Ready,
            [_, 1, row, ..] => Self::Load { row },
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

    pub(super) async fn ask(&self, request: Request) -> u64 {
        let (sender, answer) = oneshot::channel();
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        // Only ever an error when the process is about to end.
        let _ = self.0.outgoing.send(request.frame(number));
        answer.await.unwrap_or_default()
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
