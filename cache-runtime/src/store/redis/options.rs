//! Options of a store on a server, and the URL in them.

use std::fmt;
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};

use crate::error::{Error, Result};

/// Options of a [`RedisStore`](super::RedisStore): where its server is, and how long it is waited for.
///
/// ```
/// use cache_runtime::store::RedisOptions;
///
/// let mut options = RedisOptions::new("redis://user:secret@localhost:6379/1", "shop");
/// options.max_value = 4 << 20;
/// assert!(!format!("{options:?}").contains("secret"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RedisOptions {
    /// `redis://` or `valkey://`, then `[user:password@]host[:port][/db]`.
    pub url: String,
    /// What the store's keys begin with: `[A-Za-z0-9_.-]+`. Stores with one namespace on one server share everything.
    pub namespace: String,
    /// How long the server may take to accept a connection and answer on it. 300 ms.
    pub connect_timeout: Duration,
    /// How long the server may take for an operation. 50 ms.
    pub response_timeout: Duration,
    /// The longest value that is stored, in bytes, with what is stored beside it. 1 MiB.
    pub max_value: usize,
}

impl RedisOptions {
    /// The usual settings for a server and a namespace.
    #[must_use]
    pub fn new(url: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            namespace: namespace.into(),
            connect_timeout: Duration::from_millis(300),
            response_timeout: Duration::from_millis(50),
            max_value: 1 << 20,
        }
    }
}

/// Shows no user and no password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, namespace, connect_timeout, response_timeout, max_value } = self;
        let url =
            Target::parse(url).map_or_else(|_| "unreadable".to_owned(), |url| url.to_string());
        f.debug_struct("RedisOptions")
            .field("url", &url)
            .field("namespace", namespace)
            .field("connect_timeout", connect_timeout)
            .field("response_timeout", response_timeout)
            .field("max_value", max_value)
            .finish()
    }
}

/// A server, taken from a URL. Displayed without user and password.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) db: i64,
    /// User, password and protocol.
    pub(super) login: RedisConnectionInfo,
}

impl Target {
    /// Reads a URL. The errors show nothing of it: it holds a password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            "redis" | "valkey" => {}
            "rediss" | "valkeys" => return Err(unsupported(scheme, "TLS")),
            "redis-cluster" => return Err(unsupported(scheme, "a cluster")),
            "redis-sentinel" => return Err(unsupported(scheme, "Sentinel")),
            _ => return Err(malformed("it begins with another scheme")),
        }
        let parsed = redis::parse_redis_url(url).ok_or_else(|| malformed("it is not a URL"))?;
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(malformed("something follows the database"));
        }
        let info = parsed.into_connection_info().map_err(|_| {
            malformed("the host, the database, the user or the password is not readable")
        })?;
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(malformed("it names no host"));
        };
        let login = info.redis_settings().clone();
        let db = login.db();
        // Tracking needs the third protocol. The library's name would need one more permission. The database is chosen
        // in a step of its own, whose failure can be told from others.
        let login = login.set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name().set_db(0);
        Ok(Self { host: host.clone(), port: *port, db, login })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, db, .. } = self;
        if host.contains(':') {
            write!(f, "redis://[{host}]:{port}/{db}")
        } else {
            write!(f, "redis://{host}:{port}/{db}")
        }
    }
}

fn unsupported(scheme: &str, what: &str) -> Error {
    Error::unsupported(format!(
        "{what} (`{scheme}://`) is not supported by this version; use `redis://` or `valkey://`"
    ))
}

fn malformed(why: &str) -> Error {
    Error::config(format!(
        "the URL of the server cannot be used: {why}; expected \
         `redis://[user:password@]host[:port][/db]`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("redis://grace:s%3Acret@db.example:7000/3").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("db.example", 7000));
        assert_eq!(target.login.username(), Some("grace"));
        assert_eq!(target.login.password(), Some("s:cret"));
        assert_eq!((target.db, target.login.db()), (3, 0));
        let plain = Target::parse("valkey://localhost").unwrap();
        assert_eq!((plain.port, plain.db), (6379, 0));
        assert_eq!((plain.login.username(), plain.login.password()), (None, None));
    }

    #[test]
    fn only_the_place_of_a_server_is_shown() {
        let url = "redis://grace:secret@[::1]:7000/3";
        assert_eq!(Target::parse(url).unwrap().to_string(), "redis://[::1]:7000/3");
        let shown = format!("{:?}", RedisOptions::new(url, "shop"));
        assert!(shown.contains("[::1]:7000/3") && shown.contains("shop"), "{shown}");
        assert!(!shown.contains("grace") && !shown.contains("secret"), "{shown}");
        let broken = format!("{:?}", RedisOptions::new("redis://grace:secret@:::/x", "shop"));
        assert!(!broken.contains("grace") && !broken.contains("secret"), "{broken}");
    }

    #[test]
    fn what_cannot_be_reached_yet_is_refused_by_name() {
        for url in ["rediss://h", "valkeys://h", "redis-cluster://a,b", "redis-sentinel://a,b/m"] {
            let error = Target::parse(url).map(|_| ()).unwrap_err();
            let scheme = url.split_once(':').unwrap().0;
            assert!(error.is_unsupported() && error.to_string().contains(scheme), "{error}");
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_being_shown() {
        let urls = [
            "",
            "localhost:6379",
            "http://grace:secret@h",
            "memory://",
            "redis://",
            "redis://grace:secret@",
            "redis://grace:secret@h:port",
            "redis://grace:secret@h:99999",
            "redis://grace:secret@h/first",
            "redis://grace:secret@h/1?protocol=resp2",
            "redis://grace:secret@h/1#insecure",
            "redis://grace:%ff@h/1",
        ];
        for url in urls {
            let error = Target::parse(url).map(|_| ()).unwrap_err();
            assert!(error.is_config(), "{url}: {error}");
            let text = error.to_string();
            assert!(!text.contains("grace") && !text.contains("secret"), "{text}");
        }
    }
}
