//! Loads that the cache owns: all that they use is theirs, whatever the function takes, and the body does not see that.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc, clippy::unused_async)]

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::{Ambient, KeyPart, cache_policy, cached};

#[derive(Clone)]
pub struct Db {
    rows: u64,
}

impl Ambient for Db {}

impl Db {
    async fn find(&self, name: &str) -> Result<u64, Failed> {
        if name.is_empty() { Err(Failed::Empty) } else { Ok(self.rows) }
    }
}

#[derive(Debug)]
pub enum Failed {
    Empty,
    Cache(cache_runtime::Error),
}

impl From<cache_runtime::Error> for Failed {
    fn from(error: cache_runtime::Error) -> Self {
        Self::Cache(error)
    }
}

/// Borrows of every kind, beside what is moved.
#[cached(key = "find:<name>:<ids>:<hint>", ttl = "1h", strategy = "read_through", skip(path, limits))]
pub async fn find(
    db: &Db,
    name: &str,
    ids: &[i64],
    path: &Path,
    hint: Option<&str>,
    limits: Arc<BTreeMap<String, u64>>,
) -> Result<u64, Failed> {
    let first = ids.first().copied().unwrap_or_default();
    let found = db.find(name).await?;
    let hint = hint.map_or(0, str::len) + path.as_os_str().len() + limits.len();
    Ok(found + first.unsigned_abs() + u64::try_from(hint).unwrap_or_default())
}

/// Patterns, by value and by reference; what is changed in the body.
#[cached(key = "parts:<a>:<b>:<c>:<name>", ttl = "1h", refresh_ahead = 0.9, skip(rest))]
pub async fn parts(
    (a, _): (u64, u64),
    &(b, _): &(u64, u64),
    c @ (d, _): &(u64, u64),
    mut name: String,
    mut rest: &str,
    _unused: &mut u64,
) -> String
where
    for<'a> &'a str: Display,
{
    name.push('!');
    while rest.len() > 1 {
        rest = &rest[1..];
    }
    format!("{a}{b}{d}{}{name}{rest}", c.0)
}

/// Every option.
#[cached(
    key = "all:<id>:<name>",
    ttl = |value: &u64| Duration::from_secs(*value + id + name.len() as u64),
    tags = ["all", "all:<id>"],
    skip(db),
    none_ttl = "5s",
    when = id > 0 && !name.is_empty(),
    store_if = |value| *value > db.rows && *value > name.len() as u64 + id,
    stale_while_revalidate = "5m",
    patience = "100ms",
    stale_if_error = "1h",
    refresh_ahead = 0.8,
    hard_timeout = "2s",
    on_timeout = |error| { let _: cache_runtime::Error = error; Ok(Some(id + name.len() as u64)) },
    group(id),
    local_ttl = "1s",
    strategy = "lock",
)]
pub async fn all(db: &Db, id: u64, name: &str) -> Result<Option<u64>, String> {
    Ok((id < db.rows).then_some(name.len() as u64))
}

#[cached(key = "in-time:<id>", ttl = "1h", hard_timeout = "2s")]
pub async fn in_time(id: u64) -> Result<u64, Failed> {
    Ok(id)
}

type Answer<T> = Result<T, Failed>;

#[cached(key = "alias:<id>", ttl = "1h", hard_timeout = "2s", tier = "local")]
pub async fn alias(id: u64) -> Answer<Arc<u64>> {
    Ok(Arc::new(id))
}

#[cached(key = "bare:<id>", ttl = "1h", hard_timeout = "2s", on_timeout = |_| 0)]
pub async fn bare(id: u64) -> u64 {
    id
}

#[cached(key = "sliding:<id>", ttl = "1h", sliding = "12h", ttl_only)]
pub async fn sliding(id: u64) -> u64 {
    id
}

#[cached(key = "stale:<id>", ttl = "1h", strategy = "stale_while_revalidate", stale_while_revalidate = "5m")]
pub async fn stale(id: u64) -> u64 {
    id
}

#[cached(key = "ahead:<id>", ttl = "1h", strategy = "refresh_ahead", refresh_ahead = 0.5, stale_if_error = "1d")]
pub async fn ahead(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[cached(key = "future:<name>", ttl = "1h", strategy = "read_through", skip(db))]
pub fn future(db: &Db, name: &str) -> impl Future<Output = Result<u64, Failed>> + Send {
    let name = name.to_owned();
    async move { db.find(&name).await }
}

#[cached(key = "generic:<item>", ttl = "1h", strategy = "refresh_ahead", skip(T, load))]
pub async fn generic<T, L, D>(db: &D, item: &T, load: L) -> String
where
    T: KeyPart + Display + Clone + Send + Sync + 'static,
    L: Fn(u64) -> u64 + Send + 'static,
    D: Ambient + Clone + Send + Sync + 'static,
{
    let _ = db;
    format!("{item}{}", load(1))
}

#[cached(key = "implied:<item>", ttl = "1h", strategy = "refresh_ahead")]
pub async fn implied(item: &(impl KeyPart + Display + Clone + Send + Sync + 'static)) -> String {
    item.to_string()
}

#[cached(key = "lives:<a>:<b>:<c>", ttl = "1h", strategy = "read_through")]
pub async fn lives<'a, 'b: 'a>(a: &'a str, b: &'b [u32], c: &'static str) -> usize {
    a.len() + b.len() + c.len()
}

#[derive(Clone)]
pub struct Repo {
    db: Db,
    tenant: u64,
}

pub trait Kind {
    const KIND: u64;
    fn kind(&self) -> u64 {
        Self::KIND
    }
}

impl Kind for Repo {
    const KIND: u64 = 1;
}

impl Repo {
    #[cached(
        key = "user:<self.tenant>:<name>",
        ttl = "1h",
        strategy = "stale_while_revalidate",
        store_if = |value| *value > self.tenant,
        skip(self.db)
    )]
    pub async fn user(&self, name: &str) -> Result<u64, Failed> {
        use std::fmt::{self, Write};
        struct Own(u64);
        impl Own {
            fn get(&self) -> u64 {
                self.0
            }
        }
        let found = async { self.db.find(name).await };
        let mut text = String::new();
        let _: fmt::Result = write!(text, "{}", self.tenant);
        Ok(found.await? + self.kind() + Own(Self::KIND).get() + self.tenant)
    }

    #[cached(key = "shared:<self.tenant>", ttl = "1h", strategy = "read_through", skip(self.*))]
    pub async fn shared(self: &Arc<Self>) -> u64 {
        self.tenant
    }

    #[cached(key = "owned:<self.tenant>", ttl = "1h", strategy = "read_through", skip(self.*))]
    pub async fn owned(self: Arc<Self>) -> u64 {
        let this = self;
        this.tenant
    }

    #[cached(key = "future:<self.tenant>", ttl = "1h", strategy = "read_through", skip(self.*))]
    pub fn future(&self) -> impl Future<Output = u64> + Send {
        let rows = self.db.rows;
        async move { rows + self.tenant }
    }
}

/// An `Arc` of what is not `Clone`.
pub struct Large;

#[cache_policy]
#[async_trait]
pub trait Users: Send + Sync {
    #[cached(key = "of:<name>", ttl = "1h", strategy = "stale_while_revalidate", skip(self))]
    async fn of(&self, name: &str) -> Result<u64, Failed>;

    #[cached(key = "count:<name>", ttl = "1h", sliding = "2h", stale_if_error = "1h", skip(self))]
    async fn count(self: Arc<Self>, name: &str) -> Result<u64, Failed>;

    async fn all(&self) -> u64;
}

#[cache_policy(skip(self), ttl = "1h", refresh_ahead = 0.7, hard_timeout = "3s", patience = "2s")]
#[async_trait]
impl Users for Repo {
    #[cached(key = "of:<name>", stale_while_revalidate = "1h")]
    async fn of(&self, name: &str) -> Result<u64, Failed> {
        self.db.find(name).await
    }

    #[cached(key = "count:<name>", sliding = "2h", stale_if_error = "1h")]
    async fn count(self: Arc<Self>, name: &str) -> Result<u64, Failed> {
        self.db.find(name).await
    }

    async fn all(&self) -> u64 {
        self.db.rows
    }
}

/// A trait with a method that it provides.
#[cache_policy(skip(self), ttl = "1h", stale_while_revalidate = "1h", stale_if_error = "2h")]
pub trait Provided: Clone + Send + Sync + 'static {
    fn rows(&self) -> u64;

    #[cached(key = "rows:<name>")]
    fn provided(&self, name: &str) -> impl Future<Output = u64> + Send {
        let length = name.len() as u64;
        async move { self.rows() + length }
    }
}

impl Provided for Repo {
    fn rows(&self) -> u64 {
        self.db.rows
    }
}

#[cached(key = "state:<id>", ttl = "1h", strategy = "read_through", skip(users))]
pub async fn state(users: &Arc<dyn Users>, large: &Arc<Large>, id: u64) -> u64 {
    let _ = large;
    users.all().await + id
}
impl Ambient for Large {}

/// On the side that writes they say how long what is written lives.
#[cached(
    key = "state:<id>",
    ttl = "1h",
    strategy = "write_through",
    value = return,
    refresh_ahead = 0.8,
    stale_while_revalidate = "5m",
    stale_if_error = "1h"
)]
pub async fn write(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _cache = cache_runtime::testing::isolate();
    let db = Db { rows: 7 };
    let limits = Arc::new(BTreeMap::new());
    let found = find(&db, "a", &[1], Path::new("p"), Some("h"), limits).await;
    assert_eq!(found.ok(), Some(10));
    assert_eq!(parts((1, 2), &(3, 4), &(5, 6), "n".to_owned(), "rest", &mut 0).await, "1355n!t");
    assert_eq!(all(&db, 1, "name").await, Ok(Some(4)));
    assert_eq!((in_time(1).await.ok(), alias(1).await.ok(), bare(1).await), (Some(1), Some(Arc::new(1)), 1));
    assert_eq!((sliding(1).await, stale(1).await, ahead(1).await), (1, 1, Ok(1)));
    assert_eq!(future(&db, "a").await.ok(), Some(7));
    assert_eq!(generic(&db, &1, |n| n + 1).await + &implied(&2).await, "122");
    assert_eq!(lives("a", &[1], "c").await, 3);
    let repo = Arc::new(Repo { db, tenant: 1 });
    assert_eq!(repo.user("a").await.ok(), Some(10));
    assert_eq!((repo.shared().await, Arc::clone(&repo).owned().await, repo.future().await), (1, 1, 8));
    let users: Arc<dyn Users> = Arc::clone(&repo) as _;
    assert_eq!((users.of("a").await.ok(), Arc::clone(&users).count("b").await.ok()), (Some(7), Some(7)));
    assert_eq!(repo.provided("ab").await, 9);
    assert_eq!(state(&users, &Arc::new(Large), 1).await, 8);
    assert_eq!(write(1).await, Ok(1));
    drop(tokio::spawn(async move { find(&Db { rows: 1 }, "a", &[], Path::new("p"), None, Arc::default()).await }));
}
