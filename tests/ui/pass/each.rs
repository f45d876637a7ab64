//! Batches: lists and results of every kind, wherever a function can stand, and each warning is an error.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc, clippy::unused_async)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use cache_runtime::{Ambient, cache_policy, cached, invalidates};

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct User {
    pub id: i64,
}

#[derive(Clone)]
pub struct Db;

impl Ambient for Db {}

impl Db {
    async fn load<'a>(&self, ids: impl IntoIterator<Item = &'a i64>) -> Vec<User> {
        ids.into_iter().filter(|id| **id > 0).map(|id| User { id: *id }).collect()
    }
}

fn by_id(users: Vec<User>) -> HashMap<i64, User> {
    users.into_iter().map(|user| (user.id, user)).collect()
}

type Answer<T> = Result<T, String>;

#[cached(key = "user:<id>", ttl = "1h", skip(_db))]
pub async fn get_user(_db: &Db, id: i64) -> Answer<Option<User>> {
    Ok(Some(User { id }))
}

#[invalidates(get_user(id))]
pub async fn rename(id: i64) -> Answer<()> {
    if id > 0 { Ok(()) } else { Err("no user".to_owned()) }
}

/// A slice, and values that say their ids; the result by another name.
#[cached(each = ids, id = |user| user.id, writes = get_user(id), skip(db), chunk = 500)]
pub async fn of_slice(db: &Db, ids: &[i64]) -> Answer<Vec<User>> {
    Ok(db.load(ids).await)
}

/// A list by value that the body changes, and values in the order of the ids.
#[cached(each = ids, writes = get_user(id), store_if = |user| user.id != 7)]
pub async fn of_vec(db: &Db, mut ids: Vec<i64>) -> Vec<Option<User>> {
    ids.shrink_to_fit();
    db.load(&ids).await.into_iter().map(Some).collect()
}

#[cached(each = ids, writes = get_user(id))]
pub async fn of_borrowed_vec(db: &Db, ids: &Vec<i64>) -> HashMap<i64, User> {
    by_id(db.load(ids).await)
}

#[cached(each = ids, writes = get_user(id))]
#[expect(clippy::implicit_hasher, reason = "a list of that kind")]
pub async fn of_set(db: &Db, ids: &HashSet<i64>) -> Answer<HashMap<i64, User>> {
    if ids.is_empty() {
        return Err("never".to_owned());
    }
    let users = db.load(ids).await;
    Ok(by_id(users))
}

#[cached(each = ids, writes = get_user(id))]
pub fn of_tree(db: &Db, ids: BTreeSet<i64>) -> impl Future<Output = BTreeMap<i64, User>> {
    let db = db.clone();
    async move { by_id(db.load(&ids).await).into_iter().collect() }
}

#[cached(each = ids, id = |user| user.id, writes = get_user(id))]
pub async fn of_queue(db: &Db, ids: VecDeque<i64>) -> Result<Vec<User>, Arc<str>> {
    Ok(db.load(&ids).await)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "an id is there as a reference")]
fn normal(id: &i64) -> i64 {
    id.abs()
}

/// What is passed is made of the id.
#[cached(each = ids, id = |user| user.id, writes = get_user(normal(id)), skip(db))]
pub async fn of_numbers(db: &Db, ids: &[i64]) -> Answer<Vec<User>> {
    Ok(db.load(ids).await)
}

mod posts {
    use super::{Answer, Db};
    use cache_runtime::cached;

    #[cached(key = "post:<tenant>:<name>", ttl = "1h", skip(_db))]
    pub async fn get(_db: &Db, tenant: u32, name: &str) -> Answer<Option<String>> {
        Ok(Some(format!("{tenant}/{name}")))
    }
}

/// A part of the key that all ids have in common, and ids that are borrowed themselves.
#[cached(each = names, id = |post| post.as_str(), writes = posts::get(tenant, name), skip(prefix))]
pub async fn of_borrows(
    db: &Db,
    tenant: u32,
    names: &[&str],
    prefix: String,
    _unused: bool,
) -> Answer<Vec<String>> {
    drop(prefix);
    let _ = db;
    Ok(names.iter().map(|name| format!("{tenant}{name}")).collect())
}

/// Ids of two parts.
#[cached(each = keys, writes = posts::get(key.0, &key.1), skip(db))]
pub async fn of_pairs(db: &Db, keys: &[(u32, String)]) -> Answer<Vec<Option<String>>> {
    let _ = db;
    Ok(keys.iter().map(|(tenant, name)| Some(format!("{tenant}{name}"))).collect())
}

/// Patterns, and arguments of some builds.
#[cached(each = names, writes = posts::get(tenant, name), skip(limit))]
pub async fn of_patterns(
    db: &Db,
    (tenant, limit): (u32, usize),
    names: &[String],
    #[cfg(any())] never: Never,
) -> Vec<Option<String>> {
    let _ = db;
    names.iter().map(|name| (name.len() < limit).then(|| format!("{tenant}{name}"))).collect()
}

#[cached(key = "aged:<tenant>:<id>", ttl = "1h", stale_while_revalidate = "5m", skip(_db))]
pub async fn aged(_db: &Db, tenant: &str, id: i64) -> Answer<Option<User>> {
    Ok((!tenant.is_empty()).then_some(User { id }))
}

/// Loads that the cache owns: borrows, patterns, and what is passed by value.
#[cached(
    each = ids,
    id = |user| user.id,
    writes = aged(tenant, id),
    skip(limit, path, hint),
    strategy = "read_through"
)]
pub async fn of_the_cache(
    db: &Db,
    tenant: &str,
    ids: &[i64],
    (limit, _): (usize, u8),
    path: String,
    hint: Option<&str>,
) -> Answer<Vec<User>> {
    let mut users = db.load(ids).await;
    users.truncate(limit + tenant.len() + path.len() + hint.map_or(0, str::len));
    Ok(users)
}

#[derive(Clone)]
pub struct Repo {
    db: Db,
    tenant: u32,
}

#[cache_policy(ttl = "1h", skip(self.db))]
impl Repo {
    #[cached(key = "repo:<self.tenant>:<id>")]
    pub async fn get(&self, id: i64) -> Option<User> {
        Some(User { id })
    }

    #[cached(each = ids, id = |user| user.id, writes = self.get(id))]
    pub async fn get_all(&self, ids: &[i64]) -> Vec<User> {
        self.db.load(ids).await
    }

    #[cached(each = ids, writes = self.get(id), strategy = "read_through")]
    pub async fn get_owned(&self, ids: &[i64]) -> Vec<Option<User>> {
        self.db.load(ids).await.into_iter().map(Some).collect()
    }

    #[cached(key = "static:<id>")]
    pub async fn of_type(id: i64) -> Option<User> {
        Some(User { id })
    }

    #[cached(each = ids, id = |user| user.id, writes = Self::of_type(id))]
    pub async fn all_of_type(ids: &[i64]) -> Vec<User> {
        Db.load(ids).await
    }
}

pub trait Users {
    fn one(&self, id: i64) -> impl Future<Output = Option<User>> + Send;
    fn many(&self, ids: &[i64]) -> impl Future<Output = Vec<User>> + Send;
}

#[cache_policy(ttl = "1h", skip(self.*))]
impl Users for Repo {
    #[cached(key = "users:<id>")]
    async fn one(&self, id: i64) -> Option<User> {
        Some(User { id })
    }

    #[cached(each = ids, id = |user| user.id, writes = self.one(id))]
    async fn many(&self, ids: &[i64]) -> Vec<User> {
        self.db.load(ids).await
    }
}

#[cached(key = "generic:<id>", ttl = "1h")]
pub async fn one<D: Ambient + Sync>(_db: &D, id: u64) -> Option<String> {
    Some(id.to_string())
}

/// Types that the caller chooses, and a `where`.
#[cached(each = ids, writes = one(id))]
pub async fn many<'a, D>(db: &'a D, ids: &'a [u64]) -> Vec<Option<String>>
where
    D: Ambient + Sync,
{
    let _ = db;
    ids.iter().map(|id| Some(id.to_string())).collect()
}

mod renamed {
    pub use cache_runtime as cache;

    #[cache::cached(key = "renamed:<id>", ttl = "1h", crate = cache)]
    pub async fn one(id: u64) -> Option<u64> {
        Some(id)
    }

    #[cache::cached(each = ids, writes = one(id), crate = cache)]
    pub async fn many(ids: &[u64]) -> Vec<Option<u64>> {
        ids.iter().copied().map(Some).collect()
    }
}

fn sent<T: Send>(future: T) -> T {
    future
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _cache = cache_runtime::testing::isolate();
    let users = [User { id: 2 }, User { id: 1 }];
    assert_eq!(sent(of_slice(&Db, &[2, 1])).await.unwrap(), users);
    assert_eq!(sent(of_vec(&Db, vec![2, 1])).await, users.clone().map(Some));
    assert_eq!(sent(of_borrowed_vec(&Db, &vec![2, 1])).await.len(), 2);
    assert_eq!(sent(of_set(&Db, &HashSet::from([2, 1]))).await.unwrap().len(), 2);
    assert_eq!(of_tree(&Db, BTreeSet::from([2, 1])).await.len(), 2);
    assert_eq!(sent(of_queue(&Db, VecDeque::from([2, 1]))).await.unwrap(), users);
    rename(2).await.unwrap();
    let (post, posts) = (Some("1a".to_owned()), ["a".to_owned()]);
    let found = sent(of_borrows(&Db, 1, &["b"], String::new(), true)).await.unwrap();
    assert!(found.is_empty(), "its values say other ids");
    let pairs = sent(of_pairs(&Db, &[(1, "a".to_owned())])).await.unwrap();
    assert_eq!(pairs.as_slice(), std::slice::from_ref(&post));
    assert_eq!(sent(of_patterns(&Db, (1, 9), &posts)).await, [post]);
    let owned = of_the_cache(&Db, "a", &[2, 1], (9, 0), String::new(), None);
    assert_eq!(sent(owned).await.unwrap(), users);
    let repo = Repo { db: Db, tenant: 1 };
    assert_eq!(sent(repo.get_all(&[2, 1])).await, users);
    assert_eq!(sent(repo.get_owned(&[2, 1])).await, users.clone().map(Some));
    assert_eq!(sent(Repo::all_of_type(&[2, 1])).await, users);
    assert_eq!(sent(repo.many(&[2, 1])).await, users);
    assert_eq!(sent(many(&Db, &[2])).await, [Some("2".to_owned())]);
    assert_eq!(renamed::many(&[2]).await, [Some(2)]);
}
