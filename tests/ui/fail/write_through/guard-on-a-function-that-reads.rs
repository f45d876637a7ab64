#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through", guard = "10s")]
async fn name(id: u64) -> String {
    String::new()
}

fn main() {}
