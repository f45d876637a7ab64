//! A cache that can be asked for everything that it says, so that one scenario runs on a naive cache and on ours.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use cache_runtime::store::{Envelope, Format, Found, Key, Tag, Versions};
use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, CacheBuilder, KeyPart, KeyWriter, cached, entry, invalidate, traced};

use super::{TOKEN, VALUE};

/// A cache of the sessions that belong to tokens.
pub(super) trait Subject {
    fn new() -> Self;
    /// The error for a URL that cannot be used, and what is printed of the settings with it.
    async fn refuse_url(url: &str) -> String;
    /// Reads the session of [`TOKEN`] through the cache, and invalidates it.
    async fn use_it(&mut self);
    /// What can be printed while [`TOKEN`] and [`VALUE`] are in the cache.
    async fn print(&mut self) -> String;
    /// The errors for a value that is too large, and for a key that is too long.
    async fn refuse(&mut self) -> Vec<String>;
}

fn shown(error: &(impl fmt::Display + fmt::Debug)) -> String {
    format!("{error} {error:?}")
}

/// As much of a secret as no cache of these tests takes.
fn too_much(secret: &str) -> String {
    secret.repeat(1_000)
}

#[cached(key = "session:<token>", ttl = "1h", tags = ["session:<token>"])]
async fn session(token: &str) -> String {
    debug_assert!(!token.is_empty());
    VALUE.to_owned()
}

/// The library, through an annotated function.
pub(super) struct Ours(IsolatedCache);

impl Subject for Ours {
    fn new() -> Self {
        Self(testing::isolate_with(|builder: CacheBuilder| builder.max_bytes(1_000)))
    }

    async fn refuse_url(url: &str) -> String {
        let builder = Cache::builder().url(url);
        let printed = format!("{builder:?}");
        // With a server that is not there it builds, and says that in the log.
        printed
            + &match builder.build().await {
                Ok(cache) => format!("{cache:?} {:?}", cache.health()),
                Err(error) => shown(&error),
            }
    }

    async fn use_it(&mut self) {
        Cache::builder().build().await.expect("it is in memory");
        for _ in 0..2 {
            session(TOKEN).await;
        }
        invalidate!(session(TOKEN), tags = ["session:<TOKEN>"]).await.expect("in memory");
        drop(self.refuse().await);
    }

    async fn print(&mut self) -> String {
        let outcome = traced(session(TOKEN)).await.1;
        let entry = entry!(session(TOKEN));
        let known = format!("{} {outcome:?} {entry:?}", self.0.explain(&entry));
        format!("{:?} {} {known} {}", self.0, self.0.snapshot(), what_stores_see())
    }

    async fn refuse(&mut self) -> Vec<String> {
        let too_large = self.0.put(entry!(session(TOKEN)), too_much(VALUE)).await;
        let too_long = self.0.put(entry!(session(&too_much(TOKEN))), VALUE.to_owned()).await;
        [too_large, too_long].map(|put| shown(&put.expect_err("too much"))).into()
    }
}

/// What the author of a store, or of a part of a key, may print while looking for a mistake.
fn what_stores_see() -> String {
    let mut writer = KeyWriter::new();
    TOKEN.write_key(&mut writer);
    let minute = Duration::from_mins(1);
    let envelope =
        Envelope::new(VALUE.into(), Format::default(), Versions::default(), minute, minute);
    let key = Key::new(TOKEN.as_bytes()).expect("it is short");
    let found = Found::Fresh(envelope.clone());
    format!("{writer:?} {key:?} {key} {:?} {envelope:?} {found:?}", Tag::new(TOKEN.as_bytes()))
}

/// Derives what it prints, and says in errors and logs what would help to find a mistake.
#[derive(Debug)]
pub(super) struct Naive {
    sessions: HashMap<Vec<u8>, String>,
}

#[derive(Debug)]
enum Refused {
    TooLarge { key: String, value: String },
    TooLong { key: String },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { key, value } => write!(f, "`{value}` for `{key}` is too large"),
            Self::TooLong { key } => write!(f, "the key `{key}` is too long"),
        }
    }
}

impl Naive {
    fn put(&mut self, key: String, value: String) -> Result<(), Refused> {
        if key.len() > 1_000 {
            return Err(Refused::TooLong { key });
        }
        if value.len() > 1_000 {
            return Err(Refused::TooLarge { key, value });
        }
        tracing::debug!(key, value, "stored");
        self.sessions.insert(key.into_bytes(), value);
        Ok(())
    }
}

impl Subject for Naive {
    fn new() -> Self {
        Self { sessions: HashMap::new() }
    }

    async fn refuse_url(url: &str) -> String {
        format!("cannot connect to {url}")
    }

    async fn use_it(&mut self) {
        self.put(TOKEN.to_owned(), VALUE.to_owned()).expect("both are short");
    }

    async fn print(&mut self) -> String {
        self.use_it().await;
        format!("{self:?}")
    }

    async fn refuse(&mut self) -> Vec<String> {
        let too_large = self.put(TOKEN.to_owned(), too_much(VALUE));
        let too_long = self.put(too_much(TOKEN), VALUE.to_owned());
        [too_large, too_long].map(|put| shown(&put.expect_err("too much"))).into()
    }
}
