//! The freshness of a policy's entries: when a value is replaced before its time, and how long it is served after it.

use std::time::Duration;

/// When an entry is refreshed before its ttl is over, and how long it may be served after that.
///
/// Times after the ttl are *windows*. They belong to the function that reads, and so they hold for entries that are stored already,
/// as long as these are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias("swr", "grace", "fail-safe", "soft ttl", "hard ttl"))]
pub struct Freshness {
    pub(super) ahead: Option<u16>,
    // In milliseconds, zero for none: a policy is handed on by value.
    pub(super) while_revalidate: u64,
    pub(super) patience: u64,
    pub(super) if_error: u64,
    pub(super) hard_timeout: u64,
    pub(super) sliding: u64,
}

impl Freshness {
    /// A value lives for its ttl, and is loaded anew by whoever asks after that.
    pub(super) const PLAIN: Self = Self {
        ahead: None,
        while_revalidate: 0,
        patience: 0,
        if_error: 0,
        hard_timeout: 0,
        sliding: 0,
    };

    /// The share of the ttl, in thousandths, after which a hit starts a refresh in the background; `None`: never.
    #[must_use]
    pub const fn refresh_ahead(&self) -> Option<u16> {
        self.ahead
    }

    /// How long after the ttl a value is served while it is refreshed in the background.
    #[must_use]
    pub const fn stale_while_revalidate(&self) -> Duration {
        Duration::from_millis(self.while_revalidate)
    }

    /// How long a call waits for the refresh before it is given the stale value.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        Duration::from_millis(self.patience)
    }

    /// How long after the ttl a value is served if the load fails.
    #[must_use]
    pub const fn stale_if_error(&self) -> Duration {
        Duration::from_millis(self.if_error)
    }

    /// How long a call waits for its load before it is given an error, while the load goes on; `None`: as long as it takes.
    #[must_use]
    pub fn hard_timeout(&self) -> Option<Duration> {
        some(self.hard_timeout)
    }

    /// How long after its load a value lives at most if each hit renews its ttl; `None`: no hit does.
    #[must_use]
    pub fn sliding(&self) -> Option<Duration> {
        some(self.sliding)
    }
}

fn some(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

/// What is to be done with a stored value at one moment of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Serve it.
    Fresh,
    /// Serve it, and have it refreshed, or its ttl renewed.
    Due,
    /// Serve it as a stale value, and have it refreshed.
    Stale,
    /// Load, and serve it as a stale value if that fails.
    OnError,
    /// Load: it is not to be served.
    Over,
}

/// The life of a value from some moment on: when each of its phases ends. `T` is a time from then, or a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life<T> {
    /// The end of [`Phase::Fresh`].
    pub(crate) due: T,
    /// The end of [`Phase::Due`], which is that of the ttl.
    pub(crate) stale: T,
    /// The end of [`Phase::Stale`].
    pub(crate) on_error: T,
    /// The end of [`Phase::OnError`], and of the entry.
    pub(crate) over: T,
    /// Until when hits may renew the ttl; past from the beginning if they may not.
    pub(crate) renewable: T,
}

impl<T: Copy + Ord> Life<T> {
    /// The life of a value that is served for so long, and then no more.
    pub(crate) const fn plain(ttl: T, never: T) -> Self {
        Self { due: ttl, stale: ttl, on_error: ttl, over: ttl, renewable: never }
    }

    /// The phase at a moment.
    pub(crate) fn phase(&self, now: T) -> Phase {
        match () {
            () if now < self.due => Phase::Fresh,
            () if now < self.stale => Phase::Due,
            () if now < self.on_error => Phase::Stale,
            () if now < self.over => Phase::OnError,
            () => Phase::Over,
        }
    }

    /// The same life, which is over at that moment at the latest.
    pub(crate) fn until(self, most: T) -> Self {
        self.map(|end| end.min(most))
    }

    /// The same life with each of its ends changed.
    pub(crate) fn map<U>(self, change: impl Fn(T) -> U) -> Life<U> {
        let Self { due, stale, on_error, over, renewable } = self;
        Life {
            due: change(due),
            stale: change(stale),
            on_error: change(on_error),
            over: change(over),
            renewable: change(renewable),
        }
    }
}
