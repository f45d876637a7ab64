#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", value = name)]
async fn rename(id: u64, name: String) {}

fn main() {}
