#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through", guard = "off")]
async fn rename(id: u64, name: String) {}

fn main() {}
