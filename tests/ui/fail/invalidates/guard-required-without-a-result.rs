#![allow(unused_variables)]
use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}

#[invalidates(get_user(id), guard = "required")]
pub async fn rename_user(id: u64) {}

fn main() {}
