#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> String {
    id.to_string()
}
#[cached(strategy = "write_through", writes = name(id), codec = "json", local_ttl = "5s")]
async fn rename(id: u64, name: String) -> String {
    name
}
fn main() {}
