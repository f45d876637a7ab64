//! The client, behind what little the store needs of it.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use redis::aio::{AsyncPushSender, ConnectionLike, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, Value};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::diagnosis::Doubt;
use super::options::Target;
use super::reach::reach;
use super::tls;
use crate::fault::Fault;

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
    /// The server refused the command, with this code. `UNKNOWN` and `MAXCLIENTS` are our own, for what servers call
    /// `ERR`.
    Refused(String),
    /// It is not of the kind that the command has.
    Garbled,
    /// The server is not a primary.
    Replica,
    /// The server has no database of this number.
    NoDatabase,
    /// Something is wrong with the server, or with the way to it.
    Fault(Fault),
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
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Refused("WRONGPASS".to_owned()),
            ErrorKind::RESP3NotSupported => Self::Refused("NOPROTO".to_owned()),
            ErrorKind::Server(_) | ErrorKind::Extension => {
                Self::refused(error.code(), error.detail())
            }
            ErrorKind::UnexpectedReturnType => Self::Garbled,
            // Input and output, and what cannot be parsed: what follows on the connection has no meaning any more.
            _ => Self::Lost,
        }
    }
}

impl Failure {
    /// Keeps the code of an error and nothing else of it: the rest may be data. Of the errors that have no code the text
    /// tells which it is.
    pub(super) fn refused(code: Option<&str>, detail: Option<&str>) -> Self {
        let code = code.filter(|code| {
            (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase())
        });
        let code = match (code.unwrap_or("ERR"), detail.unwrap_or_default()) {
            ("ERR", detail) => uncoded(detail),
            (code, _) => code,
        };
        Self::Refused(code.to_owned())
    }

    pub(super) fn is_refusal(&self, expected: &str) -> bool {
        matches!(self, Self::Refused(code) if code == expected)
    }
}

/// The code that an error without one should have, by the texts of Redis and Valkey.
fn uncoded(detail: &str) -> &'static str {
    const BEGINNINGS: &[(&str, &str)] = &[
        ("unknown command", "UNKNOWN"),
        ("unknown subcommand", "UNKNOWN"),
        ("unknown redis command", "UNKNOWN"),
        ("the user executing the script", "NOPERM"),
        ("acl failure in script", "NOPERM"),
        ("max number of clients", "MAXCLIENTS"),
    ];
    let begins = |beginning: &str| {
        detail.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
    };
    BEGINNINGS.iter().find(|(beginning, _)| begins(beginning)).map_or("ERR", |(_, code)| code)
}

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

/// What has come on a connection: how many bytes, and the first of them.
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
    doubt: &Doubt,
    pushes: impl AsyncPushSender,
) -> Result<Opened<impl Future<Output = ()> + Send + 'static>, Failure> {
    let stream = reach(target, time, doubt).await.map_err(Failure::Fault)?;
    doubt.set(Fault::NoAnswer);
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
        Err(error) => return Err(ended(target, time, doubt, &heard, error.into()).await),
    };
    Ok(Opened { wire: Arc::new(connection), driver, heard })
}

/// What it means that nobody could log in.
async fn ended(
    target: &Target,
    time: Duration,
    doubt: &Doubt,
    heard: &Heard,
    failure: Failure,
) -> Failure {
    if !matches!(failure, Failure::Lost | Failure::Garbled) {
        return failure;
    }
    let fault = heard.ended();
    if heard.bytes() == 0
        && let Ok(stream) = reach(target, time, doubt).await
    {
        doubt.set(fault);
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
    fn of_a_refusal_only_the_code_is_kept() {
        let refused = |code: Option<&str>| Failure::refused(code, Some("user:7")).to_string();
        assert_eq!(refused(Some("OOM")), "refused with OOM");
        assert_eq!(refused(Some("user:7")), "refused with ERR");
        assert_eq!(refused(Some(&"A".repeat(100))), "refused with ERR");
        assert_eq!(refused(None), "refused with ERR");
    }

    #[test]
    fn errors_without_a_code_are_told_apart_by_their_text() {
        let cases = [
            ("unknown command 'ROLE', with args beginning with: ", "UNKNOWN"),
            ("Unknown Redis command called from script script: 1a, on @user_script:1.", "UNKNOWN"),
            ("ACL failure in script: User app has no permissions", "NOPERM"),
            ("max number of clients reached", "MAXCLIENTS"),
            ("value is not an integer", "ERR"),
            ("unknown \u{e9}", "ERR"),
            ("", "ERR"),
        ];
        for (detail, code) in cases {
            let failure = Failure::refused(Some("ERR"), Some(detail));
            assert_eq!(failure, Failure::Refused(code.to_owned()), "{detail}");
        }
    }

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
