#![allow(unused_variables)]
use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h", skip(db))]
pub async fn get_user(db: &str, id: u64) -> u64 {
    id
}
#[invalidates(get_user(db, id))]
pub async fn rename_user(db: &str, id: u64) {}

fn main() {}
