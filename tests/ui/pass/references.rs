//! Every way to name the entry of a cached function.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc)]

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::{Cache, Entry, cached, entry, invalidate, invalidates};

pub mod users {
    #[cache_runtime::cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
    pub async fn get_user(id: u64) -> Result<Option<String>, std::fmt::Error> {
        Ok(Some(id.to_string()))
    }
}

mod again {
    pub use super::users::get_user as find_user;
}

use users::get_user;

#[cached(key = "list:<lang>:<ids>:<name>:<page>", ttl = "1h")]
async fn list(lang: Option<String>, ids: &[u64], name: &str, page: u32) -> u64 {
    drop(lang);
    ids.iter().sum::<u64>() + u64::from(page) + name.len() as u64
}

#[cached(key = "generic:<id>", ttl = "1h", tier = "local", skip(T))]
async fn generic<T: Clone + Default + Send + Sync + 'static>(id: u64) -> Option<T> {
    (id > 0).then(T::default)
}

#[cached(key = "filter:<filter.page>:<filter.text>", ttl = "1h")]
async fn filtered(filter: &Filter) -> u32 {
    filter.page
}

pub struct Filter {
    page: u32,
    text: String,
}

#[invalidates(get_user(id), users::get_user(id + 1), crate::users::get_user(7), again::find_user(id))]
async fn by_path(id: u64) {}

#[invalidates(
    list(None, &[1, 2], "a", 1),
    list(lang, ids, &name, page - 1),
    list(Some("de"), [1, 2], Cow::Borrowed("a"), 3),
    list(Some(&name), vec![1], *other, u32::MAX)
)]
async fn by_forms(lang: Option<&str>, ids: Vec<u64>, name: String, other: &&str, page: u32) {
    drop((ids, name));
}

#[invalidates(generic::<u8>(id), generic::<Vec<String>>(id), filtered(filter), filtered(&shared))]
async fn by_type(id: u64, filter: Filter, shared: Arc<Filter>) {
    drop((filter, shared));
}

pub struct Users(u32);

impl Users {
    #[cached(key = "tenant:<self.0>:<id>", ttl = "1h")]
    pub async fn of_tenant(&self, id: u64) -> u64 {
        u64::from(self.0) + id
    }

    #[cached(key = "count:<id>", ttl = "1h", skip(self))]
    pub async fn count(&self, id: u64) -> u64 {
        id
    }

    #[invalidates(self.of_tenant(id), self.count(id), Self::count(id), Users::count(1), get_user(id))]
    pub async fn rename(&self, id: u64) {}
}

pub struct Service {
    users: Arc<Users>,
}

impl Service {
    #[invalidates(self.users.of_tenant(id), <Users>::count(id), others[0].of_tenant(id))]
    pub async fn rename(&self, others: &[Users], id: u64) {}
}

#[invalidates(users.of_tenant(1), (*users).count(2))]
async fn by_argument(users: Arc<Users>) {
    drop(users);
}

async fn in_code(id: u64) {
    let user: Entry<Option<String>> = entry!(get_user(id));
    let number: Entry<u32> = entry!(filtered(&Filter { page: 1, text: String::new() }));
    drop((user, number));
    let done: Result<(), cache_runtime::Error> =
        invalidate!(get_user(id), list(None, [id], "a", 1), tags = ["user:<id>", "all"]).await;
    drop(done);
}

/// Of the value nothing has to be said that its entry tells.
async fn by_hand(cache: &Cache, id: u64) -> Result<(), cache_runtime::Error> {
    cache.put(entry!(get_user(id)), None).await?;
    cache.put(entry!(get_user(id)), Some("Ada".into())).await?;
    cache.put(entry!(get_user(id)), Option::default()).await?;
    let number = entry!(filtered(&Filter { page: 1, text: String::new() }));
    cache.put(number.clone(), 1).await?;
    cache.put_for(number.clone(), 1_u8.into(), Duration::from_secs(1)).await?;
    cache.put(number, [1, 2].into_iter().sum()).await?;
    if let Some(Some(name)) = cache.peek(entry!(get_user(id))).await {
        println!("{}", name.len());
    }
    let found = cache.get_many([1, 2].map(|id| entry!(get_user(id)))).await;
    println!("{}", found.into_iter().flatten().flatten().map(|name| name.len()).sum::<usize>());
    cache.mark_stale(entry!(get_user(id))).await?;
    cache.invalidate(entry!(get_user(id))).await
}

fn main() {
    #[cached(key = "local:<id>", ttl = "1h")]
    async fn local(id: u64) -> u64 {
        id
    }
    #[invalidates(local(id))]
    async fn changes_local(id: u64) {}

    let service = Service { users: Arc::new(Users(1)) };
    drop((local(1), changes_local(1), by_path(1), in_code(1), list(None, &[], "", 1)));
    drop((by_forms(None, vec![], String::new(), &"", 2), generic::<u8>(1), by_argument(Arc::default())));
    drop(service.rename(&[], 1));
    let _ = async |cache: &Cache| by_hand(cache, 1).await;
    let filter = || Filter { page: 1, text: String::new() };
    drop((by_type(1, filter(), Arc::new(filter())), filtered(&filter())));
}

impl Default for Users {
    fn default() -> Self {
        Self(1)
    }
}
