#![allow(unused_variables)]
#[cache_runtime::cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}
#[cache_runtime::invalidates(ids.iter().map(|id| get_user(*id)))]
async fn delete(ids: &[u64]) {}

fn main() {}
