//! What can go wrong in a call on the cache itself.

use std::fmt;
use std::time::Duration;

/// A specialised `Result` for calls on the cache.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a call on the cache itself: configuration, installation, an explicit write.
///
/// A cached function returns none, but for one with a `hard_timeout` that has no `on_timeout`: when the cache cannot answer,
/// the function's own body does.
///
/// The text names the operation and what it was applied to, never a secret.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Installed,
    Unsupported,
    Value,
    Unavailable,
    Timeout,
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    pub(crate) fn installed(message: impl Into<String>) -> Self {
        Self::new(Kind::Installed, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, message)
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(Kind::Value, message)
    }

    /// Makes the error of a [`Store`](crate::store::Store) of one's own that cannot be asked, does not answer in time, or
    /// refuses. The text says what was tried and what came of it; it is shown and logged, so no secret belongs in it.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    pub(crate) fn timed_out(name: &str, limit: Duration) -> Self {
        Self::new(
            Kind::Timeout,
            format!("`{name}` did not load within {limit:?}; the load goes on"),
        )
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The same, of something: `what` comes before the text.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Tells whether a setting is wrong: a URL, an environment variable, a limit, an unknown policy.
    #[must_use]
    pub fn is_config(&self) -> bool {
        self.kind == Kind::Config
    }

    /// Tells whether a cache was installed in a slot that has one already, or was in use already.
    #[must_use]
    pub fn is_already_installed(&self) -> bool {
        self.kind == Kind::Installed
    }

    /// Tells whether this build of the library cannot do what was asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.kind == Kind::Unsupported
    }

    /// Tells whether the value cannot be stored: it does not encode, is too large, or has no fixed ttl.
    #[must_use]
    pub fn is_value(&self) -> bool {
        self.kind == Kind::Value
    }

    /// Tells whether the server of the remote tier could not be asked, did not answer in time, or refused.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Tells whether a call gave up after its `hard_timeout`.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Timeout
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
