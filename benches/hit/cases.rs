//! The calls that are measured.

use std::collections::HashMap;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use cache_runtime::{Ambient, Cache, CacheSlot, Result, cached, invalidates};
use serde::{Deserialize, Serialize};

/// One kind of call.
pub struct Case {
    pub name: &'static str,
    /// Makes so many calls. The first of each key may cost more than the others.
    pub run: fn(u64),
    /// For cached functions.
    pub sizes: Option<fn() -> Sizes>,
}

/// In bytes.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub future: usize,
    pub arguments: usize,
}

pub const SHARED: Case =
    Case { name: "Arc<User>, user:<id>", run: shared, sizes: Some(sizes_of_shared) };
pub const BARE: Case = Case { name: "no cache: the load alone", run: bare, sizes: None };
pub const MISS: Case = Case { name: "miss", run: miss, sizes: None };

pub const ONE: Case = Case { name: "Option<Arc<User>>", run: found, sizes: None };
pub const OF_BATCH: Case = Case { name: "  one of a batch of 1,000", run: batched, sizes: None };

/// Everything that is looked up, in the order of the table. The first is what the times of the others are held against.
pub const HITS: [Case; 10] = [
    Case { name: "HashMap, key at hand", run: floor, sizes: None },
    Case { name: "HashMap, key by format!", run: by_hand, sizes: None },
    SHARED,
    Case { name: "Result<Option<User>>", run: owned, sizes: Some(sizes_of_owned) },
    Case { name: "method, <self.tenant>:<id>", run: method, sizes: Some(sizes_of_method) },
    Case { name: "Arc<User>, two tags", run: tagged, sizes: Some(sizes_of_tagged) },
    Case { name: "negative hit", run: negative, sizes: Some(sizes_of_negative) },
    Case { name: "Arc<User>, text key", run: text, sizes: Some(sizes_of_text) },
    ONE,
    OF_BATCH,
];

/// Everything that is loaded through a cache, or written beside one.
pub const LOADS: [Case; 4] = [
    MISS,
    Case { name: "miss, evicting another", run: evicting, sizes: None },
    Case { name: "write of an entry", run: writing, sizes: None },
    Case { name: "write of an entry, two tags", run: writing_tagged, sizes: None },
];

/// A slot whose cache is full for most of a run.
static SMALL: CacheSlot = CacheSlot::new("small");
const SMALL_ENTRIES: u64 = 4_096;

/// Fills the slots.
pub fn install() -> Result<()> {
    run(Cache::builder().max_entries(1 << 18).build())?.install()?;
    run(Cache::builder().max_entries(SMALL_ENTRIES).build())?.install_in(&SMALL)
}

#[derive(Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    email: String,
}

struct Database;

// There is one.
impl Ambient for Database {}

impl Database {
    async fn find(&self, id: u64) -> Option<User> {
        // Across an await, as rows and connections are: it is not to be in the caller's future.
        let row = black_box([id; 16]);
        std::future::ready(()).await;
        let id = black_box(&row)[7];
        (id != ABSENT).then(|| User { id, name: "Ada".into(), email: "ada@example.org".into() })
    }

    async fn get(&self, id: u64) -> Arc<User> {
        let user = self.find(id).await;
        Arc::new(user.unwrap_or_else(|| unreachable!("only one id is absent")))
    }
}

const ABSENT: u64 = 0;

#[cached(key = "user:<id>", ttl = "1h")]
async fn user(db: &Database, id: u64) -> Arc<User> {
    db.get(id).await
}

#[cached(key = "row:<id>", ttl = "1h")]
async fn row(db: &Database, id: u64) -> std::result::Result<Option<User>, std::io::Error> {
    Ok(db.find(id).await)
}

#[cached(key = "found:<id>", ttl = "1h")]
async fn find_user(db: &Database, id: u64) -> Option<Arc<User>> {
    db.find(id).await.map(Arc::new)
}

#[cached(each = ids, writes = find_user(id))]
async fn find_users(db: &Database, ids: &[u64]) -> Vec<Option<Arc<User>>> {
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        users.push(db.find(*id).await.map(Arc::new));
    }
    users
}

#[cached(key = "tagged:<id>", ttl = "1h", tags = ["user", "user:<id>"])]
async fn tagged_user(db: &Database, id: u64) -> Arc<User> {
    db.get(id).await
}

#[cached(key = "by_name:<name>", ttl = "1h")]
async fn user_named(db: &Database, name: &str) -> Arc<User> {
    db.get(name.len() as u64).await
}

#[cached(key = "small:<id>", ttl = "1h", cache = SMALL)]
async fn user_of_few(db: &Database, id: u64) -> Arc<User> {
    db.get(id).await
}

/// Does what [`Database::get`] does, as a statement that changes a row.
#[invalidates(user(id))]
async fn write_user(db: &Database, id: u64) -> Arc<User> {
    db.get(id).await
}

#[invalidates(tagged_user(id), tags = ["user", "user:<id>"])]
async fn write_tagged_user(db: &Database, id: u64) -> Arc<User> {
    db.get(id).await
}

struct Repository {
    db: Database,
    tenant: u32,
}

impl Repository {
    #[cached(key = "tenant:<self.tenant>:<id>", ttl = "1h", skip(self.db))]
    async fn get(&self, id: u64) -> Arc<User> {
        self.db.get(id).await
    }
}

const REPOSITORY: Repository = Repository { db: Database, tenant: 42 };

/// Hits go round these, so that neither the branch predictor nor the compiler knows the key.
const FIRST: u64 = 10_000;
const KEYS: u64 = 64;

fn ids(calls: u64) -> impl Iterator<Item = u64> {
    (0..calls).map(|n| black_box(FIRST + n % KEYS))
}

/// Makes a call for each id. A future is polled where it was made and with a context that is there, as by `.await`.
fn each<F: Future>(ids: impl Iterator<Item = u64>, call: impl Fn(u64) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    for id in ids {
        drop(black_box(ready(pin!(call(id)), &mut context)));
    }
}

/// The output of a future that does not wait.
fn ready<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> F::Output {
    match future.poll(context) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn run<F: Future>(future: F) -> F::Output {
    ready(pin!(future), &mut Context::from_waker(Waker::noop()))
}

fn keyed() -> HashMap<String, Arc<User>> {
    ids(KEYS).map(|id| (format!("user:{id}"), run(Database.get(id)))).collect()
}

fn floor(calls: u64) {
    let map = keyed();
    let keys: Vec<String> = ids(KEYS).map(|id| format!("user:{id}")).collect();
    for key in keys.iter().cycle().take(usize::try_from(calls).unwrap_or(usize::MAX)) {
        black_box(map.get(black_box(key.as_str())).cloned());
    }
}

fn by_hand(calls: u64) {
    let map = keyed();
    for id in ids(calls) {
        black_box(map.get(&format!("user:{id}")).cloned());
    }
}

fn shared(calls: u64) {
    each(ids(calls), |id| user(&Database, id));
}

fn owned(calls: u64) {
    each(ids(calls), |id| row(&Database, id));
}

fn method(calls: u64) {
    let repository = black_box(REPOSITORY);
    each(ids(calls), |id| repository.get(id));
}

fn tagged(calls: u64) {
    each(ids(calls), |id| tagged_user(&Database, id));
}

fn negative(calls: u64) {
    each(ids(calls), |_| row(&Database, black_box(ABSENT)));
}

fn text(calls: u64) {
    let name = black_box("ada.lovelace@example.org");
    each(ids(calls), |_| user_named(&Database, black_box(name)));
}

fn found(calls: u64) {
    each(ids(calls), |id| find_user(&Database, id));
}

/// One of these is a thousandth of a call.
fn batched(calls: u64) {
    let thousand: Vec<u64> = ids(1_000).collect();
    for _ in 0..calls / 1_000 {
        drop(black_box(run(find_users(&Database, black_box(&thousand)))));
    }
}

/// Ids that no call has had before.
fn fresh_ids(calls: u64) -> impl Iterator<Item = u64> {
    static NEXT: AtomicU64 = AtomicU64::new(1_000_000);
    (0..calls).map(|_| NEXT.fetch_add(1, Ordering::Relaxed))
}

fn bare(calls: u64) {
    each(fresh_ids(calls), |id| Database.get(id));
}

fn miss(calls: u64) {
    each(fresh_ids(calls), |id| user(&Database, id));
}

fn evicting(calls: u64) {
    each(fresh_ids(calls), |id| user_of_few(&Database, id));
}

fn writing(calls: u64) {
    each(fresh_ids(calls), |id| write_user(&Database, id));
}

fn writing_tagged(calls: u64) {
    each(fresh_ids(calls), |id| write_tagged_user(&Database, id));
}

fn sizes<A>(future: &impl Future, _: &A) -> Sizes {
    Sizes { future: size_of_val(future), arguments: size_of::<A>() }
}

fn sizes_of_shared() -> Sizes {
    let arguments = (&Database, 1);
    sizes(&user(arguments.0, arguments.1), &arguments)
}

fn sizes_of_owned() -> Sizes {
    let arguments = (&Database, 1);
    sizes(&row(arguments.0, arguments.1), &arguments)
}

fn sizes_of_method() -> Sizes {
    let arguments = (&REPOSITORY, 1);
    sizes(&arguments.0.get(arguments.1), &arguments)
}

fn sizes_of_tagged() -> Sizes {
    let arguments = (&Database, 1);
    sizes(&tagged_user(arguments.0, arguments.1), &arguments)
}

fn sizes_of_negative() -> Sizes {
    sizes_of_owned()
}

fn sizes_of_text() -> Sizes {
    let arguments = (&Database, "ada");
    sizes(&user_named(arguments.0, arguments.1), &arguments)
}
