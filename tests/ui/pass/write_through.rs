//! Both sides of write-through, and groups, as the guide shows them.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc)]

use std::sync::Arc;

use cache_runtime::{cached, entry, invalidate, invalidates};
use serde::{Deserialize, Serialize};

type Result<T> = std::result::Result<T, std::fmt::Error>;

#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    id: u64,
    name: String,
}

#[cached(ttl = "1h", key = "user:<id>", tags = ["user"], strategy = "write_through")]
pub async fn get_user(id: u64) -> Result<User> {
    Ok(User { id, name: String::new() })
}

#[cached(ttl = "1h", key = "user:<id>", tags = ["user"], strategy = "write_through")]
pub async fn save_user(id: u64, user: User) -> Result<User> {
    Ok(User { id, ..user })
}

#[cached(ttl = "1h", key = "user:<user.id>", tags = ["user"], strategy = "write_through")]
pub async fn by_its_own_id(user: &User) -> Result<()> {
    if user.name.is_empty() { Err(std::fmt::Error) } else { Ok(()) }
}

#[cached(ttl = "1h", key = "user:<id>", tags = ["user"], strategy = "write_through", value = user)]
pub fn as_a_future(id: u64, user: Arc<User>) -> impl Future<Output = Result<()>> {
    async move { if id == user.id { Ok(()) } else { Err(std::fmt::Error) } }
}

#[cached(strategy = "write_through", writes = get_user(user.id), guard = "required", hold = "1s")]
pub async fn import(user: User) -> std::result::Result<User, Box<dyn std::error::Error>> {
    Ok(user)
}

#[cached(
    ttl = "1h",
    key = "user:<id>",
    tags = ["user"],
    strategy = "write_through",
    value = return,
    skip(name),
    store_if = |user| !user.name.is_empty()
)]
#[invalidates(get_posts(id, _), |user| get_posts(user.id, _), get_posts(_, _))]
pub async fn rename_user(id: u64, name: &str) -> Result<Arc<User>> {
    Ok(Arc::new(User { id, name: name.to_owned() }))
}

#[cached(key = "posts:<user>:<page>", ttl = "1h", group(user), group())]
pub async fn get_posts(user: u64, page: u32) -> u64 {
    user + u64::from(page)
}

pub async fn all_of_a_users_posts(user: u64) -> cache_runtime::Result<()> {
    let _ = entry!(get_user(user));
    invalidate!(get_posts(user, _)).await
}

fn main() {}
