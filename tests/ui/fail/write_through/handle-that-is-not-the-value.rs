#![allow(unused_variables)]
use cache_runtime::cached;
struct Draft;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through")]
async fn rename(draft: &Draft, id: u64) -> Result<String, ()> {
    Err(())
}

fn main() {}
