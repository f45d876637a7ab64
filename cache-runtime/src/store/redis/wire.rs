//! The client, behind what little the store needs of it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use redis::aio::{AsyncPushSender, ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, Value};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::options::Target;

/// What sends commands to a server.
pub(super) trait Wire: Send + Sync {
    /// Sends a command and waits for its answer, which is not an error of the server's.
    fn send(&self, command: Cmd) -> Reply;
}

/// An answer that is awaited. Dropping it does not take the command back.
pub(super) type Reply = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no connection now. Nothing was sent.
    Away,
    /// It has not come in time.
    Late,
    /// The connection ended.
    Lost,
    /// The server refused the command, with this code.
    Refused(String),
    /// It is not of the kind that the command has.
    Garbled,
    /// The server is not a primary.
    Replica,
    /// The server has no database of this number.
    NoDatabase,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away => f.write_str("there is no connection"),
            Self::Late => f.write_str("no answer in time"),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Refused(code) => write!(f, "refused with {code}"),
            Self::Garbled => f.write_str("the answer is not understood"),
            Self::Replica => f.write_str("the server is not a primary"),
            Self::NoDatabase => f.write_str("there is no database of this number"),
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Refused("WRONGPASS".to_owned()),
            ErrorKind::RESP3NotSupported => Self::Refused("NOPROTO".to_owned()),
            ErrorKind::Server(_) | ErrorKind::Extension => Self::refused(error.code()),
            ErrorKind::UnexpectedReturnType => Self::Garbled,
            // Input and output, and what cannot be parsed: what follows on the connection has no meaning any more.
            _ => Self::Lost,
        }
    }
}

impl Failure {
    /// Keeps the code of an error and nothing else of it: the rest may be data.
    fn refused(code: Option<&str>) -> Self {
        let code = code.filter(|code| {
            (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase())
        });
        Self::Refused(code.unwrap_or("ERR").to_owned())
    }

    pub(super) fn is_refusal(&self, expected: &str) -> bool {
        matches!(self, Self::Refused(code) if code == expected)
    }
}

impl Wire for MultiplexedConnection {
    fn send(&self, command: Cmd) -> Reply {
        let mut connection = self.clone();
        Box::pin(async move {
            match connection.req_packed_command(&command).await? {
                Value::ServerError(error) => Err(Failure::refused(Some(error.code()))),
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

/// How many bytes have come on a connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<AtomicU64>);

impl Heard {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Connects and logs in. What the server sends unasked goes to `pushes`.
pub(super) async fn open(
    target: &Target,
    pushes: impl AsyncPushSender,
) -> Result<Opened<impl Future<Output = ()> + Send + 'static>, Failure> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    stream.set_nodelay(true)?;
    let heard = Heard::default();
    let stream = Counted { stream, heard: heard.clone() };
    let config = AsyncConnectionConfig::new()
        // The deadlines are the store's own.
        .set_response_timeout(None)
        .set_connection_timeout(None)
        .set_pipeline_buffer_size(QUEUE)
        .set_push_sender(pushes);
    let (connection, driver) =
        MultiplexedConnection::new_with_config(&target.login, stream, config).await?;
    Ok(Opened { wire: Arc::new(connection), driver, heard })
}

/// How many commands wait to be written before those who send more have to wait, too.
const QUEUE: usize = 1024;

impl From<io::Error> for Failure {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

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
        let read = buffer.filled().len() - before;
        self.heard.0.fetch_add(read as u64, Ordering::Relaxed);
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
    fn of_a_refusal_only_the_code_is_kept() {
        let refused = |code: Option<&str>| Failure::refused(code).to_string();
        assert_eq!(refused(Some("OOM")), "refused with OOM");
        assert_eq!(refused(Some("user:7")), "refused with ERR");
        assert_eq!(refused(Some(&"A".repeat(100))), "refused with ERR");
        assert_eq!(refused(None), "refused with ERR");
    }

    #[test]
    fn what_breaks_the_connection_is_told_from_what_the_server_refuses() {
        let from = |kind| Failure::from(RedisError::from((kind, "text")));
        assert_eq!(from(ErrorKind::Io), Failure::Lost);
        assert_eq!(from(ErrorKind::Parse), Failure::Lost);
        assert_eq!(from(ErrorKind::AuthenticationFailed), Failure::Refused("WRONGPASS".to_owned()));
        let read_only = ErrorKind::Server(redis::ServerErrorKind::ReadOnly);
        assert_eq!(from(read_only), Failure::Refused("READONLY".to_owned()));
    }
}
