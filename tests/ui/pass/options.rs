//! Every option in its longest form.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc)]

use std::time::Duration;

use cache_runtime::{CacheSlot, cache_policy, cached, ttl};

static CATALOG: CacheSlot = CacheSlot::new("catalog");

const SHORT: Duration = Duration::from_secs(5);

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct User {
    active: bool,
    seconds: u64,
}

fn load(id: u64) -> User {
    User { active: id > 1, seconds: id }
}

#[cached(
    key = "user:<id>",
    ttl = |user: &User| Duration::from_secs(user.seconds),
    tags = ["user", "user:<id>"],
    skip(hint),
    none_ttl = "5s",
    when = id > 0 && !hint.is_empty(),
    store_if = |user: &User| user.active,
    version = 2,
    local_ttl = "30s",
    codec = "msgpack",
    compress = "lz4",
    cache = CATALOG,
    strategy = "cache_aside",
    companion = user_entry,
    crate = cache_runtime,
)]
pub async fn user(id: u64, hint: &str) -> Option<User> {
    let _ = hint;
    Some(load(id))
}

#[cached(key = "quoted:\"<id>\"", ttl = "1h", tags = ["quoted:\"a'"])]
pub async fn quoted(id: u64) -> u64 {
    id
}

#[cached(
    key = "some:<id>",
    ttl = |ids: &Vec<_>| -> Duration { Duration::from_secs(ids.len() as u64) },
    store_if = move |ids: &_| { ids != &[id] },
)]
pub async fn some(id: u64) -> Option<std::sync::Arc<Vec<u64>>> {
    Some(vec![id].into())
}

type Fallible<T, E> = Result<Vec<T>, E>;

#[cached(key = "fallible:<id>", ttl = "1h")]
pub async fn fallible(id: u64) -> Fallible<u64, &'static str> {
    Err(if id > 0 { "positive" } else { "zero" })
}

#[cached(key = "borrowed:<id>", ttl = "1h", tier = "local")]
pub async fn borrowed(id: u64) -> Result<Option<&'static str>, &'static str> {
    Ok((id > 0).then_some("positive"))
}

#[cached(key = "class:<id>", ttl = ttl::STATIC)]
pub async fn class(id: u64) -> u64 {
    id
}

#[cached(key = "constant:<id>", ttl = SHORT, tier = "local")]
pub async fn constant(id: u64) -> u64 {
    id
}

#[cached(key = "computed:<seconds>", ttl = Duration::from_secs(seconds))]
pub async fn computed(seconds: u64) -> u64 {
    seconds
}

#[cached(key = "moved:<name>", ttl = "1h", store_if = |value| value.len() < 10, when = name != "x")]
pub async fn moved(name: String) -> String {
    name
}

#[cached(
    key = "remote:<id>",
    ttl = "1h",
    strategy = "lock",
    tier = "remote",
    codec = "json",
    compress = "none"
)]
pub async fn remote(id: u64) -> Option<User> {
    Some(load(id))
}

#[cached(key = "long:<id>", ttl = "5m", local_ttl = "5m")]
pub async fn long(id: u64) -> u64 {
    id
}

pub struct Repo;

/// What means nothing for a method is not shared with it.
#[cache_policy(ttl = "1h", local_ttl = "10m", codec = "json", compress = "lz4")]
impl Repo {
    #[cached(key = "repo:<id>")]
    pub async fn shared(id: u64) -> u64 {
        id
    }

    #[cached(key = "repo-own:<id>", local_ttl = "1m", codec = "msgpack", compress = "none")]
    pub async fn own(id: u64) -> u64 {
        id
    }

    #[cached(key = "repo-short:<id>", ttl = "5m")]
    pub async fn short(id: u64) -> u64 {
        id
    }

    #[cached(key = "repo-local:<id>", tier = "local")]
    pub async fn local(id: u64) -> u64 {
        id
    }

    #[cached(key = "repo-remote:<id>", tier = "remote")]
    pub async fn remote(id: u64) -> u64 {
        id
    }
}

fn main() {
    drop((quoted(1), user(1, ""), class(1), constant(1), computed(1), moved(String::new())));
    drop((remote(1), long(1), Repo::shared(1), Repo::own(1), Repo::short(1)));
    drop((Repo::local(1), Repo::remote(1)));
}
