#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through")]
async fn rename(id: u64, old: String, new: String) -> Result<String, ()> {
    Ok(new)
}

fn main() {}
