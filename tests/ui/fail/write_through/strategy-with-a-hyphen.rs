#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> String {
    String::new()
}
#[cached(strategy = "write-through", writes = name(id), value = return)]
async fn rename(id: u64, name: String) -> String {
    name
}
fn main() {}
