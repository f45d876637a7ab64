//! The tier that processes share: which store a URL means.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::io::Io;
use crate::store::Store;
use crate::tiers::remote::Remote;

/// What the keys of programs that name no namespace begin with.
#[cfg(feature = "redis")]
const NAMESPACE: &str = "cache";

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) max_value: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_millis(300),
            response_timeout: Duration::from_millis(50),
            max_value: 1 << 20,
        }
    }
}

impl Options {
    /// A store of the caller's own.
    pub(super) fn own(&self, store: &Arc<dyn Store>) -> Result<Arc<Remote>> {
        let (store, uncopied, io) = (Arc::clone(store), Arc::clone(store), Io::start()?);
        Ok(Remote::new(store, uncopied, io, self.max_value, self.response_timeout, false))
    }

    /// The store that a URL means; `None` for this process's memory.
    pub(super) async fn connect(
        &self,
        url: &str,
        namespace: Option<&str>,
    ) -> Result<Option<Arc<Remote>>> {
        match scheme(url) {
            Some("memory") if url == "memory://" => Ok(None),
            Some("memory") => Err(Error::config("`memory://` takes nothing after the slashes")),
            Some(
                "redis" | "rediss" | "valkey" | "valkeys" | "redis-cluster" | "redis-sentinel",
            ) => self.server(url, namespace).await.map(Some),
            Some(scheme) => Err(Error::config(format!(
                "unknown scheme `{scheme}://`: expected `memory://`, `redis://` or `valkey://`"
            ))),
            None => Err(Error::config(without_scheme(url))),
        }
    }

    #[cfg(feature = "redis")]
    async fn server(&self, url: &str, namespace: Option<&str>) -> Result<Arc<Remote>> {
        use crate::store::{RedisOptions, RedisStore};

        let options = RedisOptions {
            connect_timeout: self.connect_timeout,
            response_timeout: self.response_timeout,
            max_value: self.max_value,
            ..RedisOptions::new(url, namespace.unwrap_or(NAMESPACE))
        };
        let store = RedisStore::connect(options).await?;
        let io = store.io().clone();
        let uncopied = store.untracked();
        let (store, uncopied) = (Arc::new(store), Arc::new(uncopied));
        Ok(Remote::new(store, uncopied, io, self.max_value, self.response_timeout, true))
    }

    #[cfg(not(feature = "redis"))]
    #[expect(clippy::unused_async, reason = "it waits for a server where there can be one")]
    async fn server(&self, _: &str, _: Option<&str>) -> Result<Arc<Remote>> {
        Err(Error::unsupported(
            "this build has no client for a server: add the feature `redis` to `cache-runtime`",
        ))
    }
}

/// What is said of a URL without `://`. Only a scheme that is known is repeated.
fn without_scheme(url: &str) -> String {
    for scheme in ["memory", "redis", "rediss", "valkey", "valkeys"] {
        let Some(rest) = url.strip_prefix(scheme).and_then(|rest| rest.strip_prefix(':')) else {
            continue;
        };
        let missing = if rest.starts_with('/') { "a `/` is" } else { "the slashes are" };
        return format!("{missing} missing in the cache URL: expected `{scheme}://`");
    }
    "the cache URL has no scheme: expected `memory://`, `redis://` or `valkey://`".to_owned()
}

/// What may be repeated of a URL: the rest may hold a password, and so may what stands before the slashes of a text that
/// only resembles one, such as `user:password@host://6379`.
pub(super) fn scheme(url: &str) -> Option<&str> {
    // RFC 3986, section 3.1.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let (scheme, _) = url.split_once("://")?;
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(allowed))
        .then_some(scheme)
}
