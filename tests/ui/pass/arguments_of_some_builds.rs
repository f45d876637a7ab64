//! An argument may exist in some builds only, and have attributes that say other things.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::non_minimal_cfg, reason = "conditions that each build meets, or none")]

use cache_runtime::{cache_policy, cached, entry, invalidate, invalidates};

/// A type that builds without it do not have either.
#[cfg(any())]
struct Missing;

/// A handle.
struct Db;
impl cache_runtime::Ambient for Db {}

/// What a search is for.
pub struct Filter {
    pub page: u32,
    pub sort: String,
}

#[cached(key = "there:<id>:<lang>", ttl = "1h", tags = ["lang:<lang>"], group(lang))]
async fn there(id: u64, #[cfg(all())] lang: &str) -> String {
    format!("{id}{lang}")
}

#[cached(key = "fields:<filter.page>:<first>:<all.1>", ttl = "1h", skip(filter.sort, all.0))]
async fn fields(
    #[cfg(all())] filter: Filter,
    #[cfg(all())] (first, _): (u8, u8),
    #[cfg(all())]
    #[cfg(not(any()))]
    all: (u8, u8),
) -> usize {
    filter.sort.len() + usize::from(first) + usize::from(all.1)
}

#[cached(key = "gone:<id>", ttl = "1h", skip(missing, filter.sort))]
async fn skipped(
    id: u64,
    #[cfg(any())] missing: Missing,
    #[cfg(any())] filter: Missing,
    #[cfg_attr(all(), cfg(any()), allow(unused_variables))] forgotten: u64,
    #[cfg(any())] handle: Missing,
    #[cfg(any())] mutable: &mut Missing,
) -> u64 {
    id
}

#[cached(key = "handle:<id>", ttl = "1h")]
async fn handle(id: u64, #[cfg(all())] db: &Db, #[cfg(any())] db: &Missing) -> u64 {
    let _ = db;
    id
}

/// One of two arguments of one name, and of two attributes.
#[cfg_attr(all(), cached(key = "either:<id>:<page>", ttl = "1h", group(id)))]
#[cfg_attr(any(), cached(key = "either:<id>", ttl = "1h"))]
async fn either(#[cfg(all())] id: &str, #[cfg(not(all()))] id: Missing, page: u32) -> String {
    format!("{id}{page}")
}

#[cached(key = "other:<id>:<page>", ttl = "1h", group(id))]
async fn other(#[cfg(any())] id: Missing, #[cfg(not(any()))] id: u64, page: u32) -> u64 {
    id + u64::from(page)
}

#[cached(key = "lints:<id>:<lang>", ttl = "1h", skip(unused, idle))]
async fn lints(
    #[allow(clippy::needless_pass_by_value)] id: String,
    #[allow(unused_mut)] mut lang: u8,
    #[expect(unused_variables)] unused: u64,
    #[cfg_attr(all(), allow(unused_variables))] idle: u64,
) -> usize {
    id.len() + usize::from(lang)
}

#[cached(key = "written:<id>", ttl = "1h", strategy = "write_through", skip(other))]
async fn written(id: u64, #[cfg(all())] value: String, #[cfg(any())] other: Missing) {
    let _ = (id, value);
}

#[invalidates(there(id, lang), tags = ["lang:<lang>"])]
async fn rename(id: u64, #[cfg(all())] lang: &str, #[cfg(any())] missing: Missing) {
    let _ = (id, lang);
}

#[cached(key = "background:<lang>:<a>:<hint>", ttl = "1h", strategy = "read_through", store_if = |_| lang != "x", skip(missing, b))]
async fn background(
    #[cfg(all())] lang: &str,
    #[cfg(any())] missing: &Missing,
    #[cfg(all())] (a, b): &(String, String),
    #[cfg(not(any()))] hint: Option<&u64>,
) -> usize {
    #[cfg(any())]
    drop(missing);
    lang.len() + a.len() + b.len() + hint.map_or(0, |_| 1)
}

/// A type with methods.
struct Repo;

#[cache_policy(skip(self))]
impl Repo {
    #[cached(key = "get:<id>", ttl = "1h", skip(missing))]
    async fn get(&self, #[cfg(all())] id: u64, #[cfg(any())] missing: Missing) -> u64 {
        id
    }

    #[invalidates(self.get(id))]
    async fn set(&self, #[cfg(all())] id: u64, #[cfg(any())] missing: Missing) {
        let _ = id;
    }
}

/// A trait with methods.
#[cache_policy(skip(self))]
trait Repository {
    #[cached(key = "find:<id>", ttl = "1h")]
    async fn find(&self, #[cfg(all())] id: u64, #[cfg(any())] missing: Missing) -> u64 {
        id
    }
}
impl Repository for Repo {}

fn main() {
    drop((there(1, "en"), skipped(1), handle(1, &Db), either("a", 1), other(1, 1)));
    drop(background("en", &(String::new(), String::new()), Some(&1)));
    drop(fields(Filter { page: 1, sort: String::new() }, (1, 2), (1, 2)));
    drop((lints(String::new(), 1, 2, 3), written(1, String::new()), rename(1, "en")));
    let all = Filter { page: 1, sort: String::new() };
    let _ = (entry!(there(1, "en")), entry!(skipped(1)), entry!(fields(&all, (1, 2), (1, 2))));
    let _ = (entry!(either("a", 1)), entry!(other(1, 1)), entry!(lints("a", 1)));
    drop((Repo.get(1), Repo.set(1), Repo.find(1)));
    let _ = (entry!(Repo.get(1)), entry!(Repo.find(1)));
    drop(async { invalidate!(there(_, "en"), either("a", _), other(1, _), written(1)).await });
}
