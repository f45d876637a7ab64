//! The client library, behind the few calls that the store makes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use redis::aio::{AsyncPushSender, ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, Value};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::failure::Failure;
use super::options::Target;
use super::reach::reach;
use super::stage::ConnectStage;
use super::tls;
use crate::fault::Fault;

/// A way to send commands to a server.
pub(super) trait Wire: Send + Sync {
    /// Sends a command and waits for its answer, which is not an error of the server's.
    fn send(&self, command: Cmd) -> Reply;
}

/// An answer that is awaited. Dropping it does not take the command back.
pub(super) type Reply = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

impl Wire for MultiplexedConnection {
    fn send(&self, command: Cmd) -> Reply {
        let mut connection = self.clone();
        Box::pin(async move {
            match connection.req_packed_command(&command).await? {
                Value::ServerError(error) => {
                    Err(Failure::refused(Some(error.code()), error.details()))
                }
                value => Ok(value),
            }
        })
    }
}

/// A connection, logged in. Nothing moves on it but while the driver is polled; it is over when the driver ends.
pub(super) struct Opened<D> {
    pub(super) wire: Arc<dyn Wire>,
    pub(super) driver: D,
    pub(super) heard: Heard,
}

/// The bytes that have come on a connection: how many, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<(AtomicU64, AtomicU8)>);

impl Heard {
    pub(super) fn bytes(&self) -> u64 {
        self.0.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: &[u8]) {
        let (count, first) = &*self.0;
        if let (0, [byte, ..]) = (count.load(Ordering::Relaxed), bytes) {
            first.store(*byte, Ordering::Relaxed);
        }
        count.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    /// What it means that the connection ended before anybody was logged in.
    fn ended(&self) -> Fault {
        match self.0.1.load(Ordering::Relaxed) {
            _ if self.bytes() == 0 => Fault::Closed,
            first if tls::answers(first) => Fault::Tls,
            // The types of the protocol's two versions.
            first if b"+-:$*_#,(!=%~>|".contains(&first) => Fault::Closed,
            _ => Fault::NotRedis,
        }
    }
}

/// Connects and logs in, for which there is so much time. What the server sends unasked goes to `pushes`.
pub(super) async fn open(
    target: &Target,
    time: Duration,
    stage: &ConnectStage,
    pushes: impl AsyncPushSender,
) -> Result<Opened<impl Future<Output = ()> + Send + 'static>, Failure> {
    let stream = reach(target, time, stage).await.map_err(Failure::Fault)?;
    stage.set(Fault::NoAnswer);
    let heard = Heard::default();
    let stream = Counted { stream, heard: heard.clone() };
    let config = AsyncConnectionConfig::new()
        // The deadlines are the store's own.
        .set_response_timeout(None)
        .set_connection_timeout(None)
        .set_pipeline_buffer_size(QUEUE)
        .set_push_sender(pushes);
    let opened = MultiplexedConnection::new_with_config(&target.login, stream, config).await;
    let (connection, driver) = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(ended(target, time, stage, &heard, error.into()).await),
    };
    Ok(Opened { wire: Arc::new(connection), driver, heard })
}

/// What it means that nobody could log in.
async fn ended(
    target: &Target,
    time: Duration,
    stage: &ConnectStage,
    heard: &Heard,
    failure: Failure,
) -> Failure {
    if !matches!(failure, Failure::Lost | Failure::Garbled) {
        return failure;
    }
    let fault = heard.ended();
    if heard.bytes() == 0
        && let Ok(stream) = reach(target, time, stage).await
    {
        stage.set(fault);
        if tls::is_spoken(stream).await {
            return Failure::Fault(Fault::Tls);
        }
    }
    Failure::Fault(fault)
}

/// How many commands wait to be written before those who send more have to wait, too.
const QUEUE: usize = 1024;

/// A socket that counts what it reads.
struct Counted {
    stream: TcpStream,
    heard: Heard,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.heard.add(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_tells_what_has_answered() {
        let cases: [(&[u8], Fault); 4] = [
            (b"", Fault::Closed),
            (b"-ERR", Fault::Closed),
            (&[21, 3, 1, 0, 2, 2, 70], Fault::Tls),
            (b"HTTP/1.1 400", Fault::NotRedis),
        ];
        for (bytes, fault) in cases {
            let heard = Heard::default();
            for part in bytes.chunks(3) {
                heard.add(part);
            }
            assert_eq!((heard.bytes(), heard.ended()), (bytes.len() as u64, fault));
        }
    }
}
