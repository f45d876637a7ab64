use std::string::String as pool;

use cache_runtime::cached;

#[cached(key = "pool:<id>", ttl = "1h")]
async fn pool(id: u64) -> u64 { id }

fn main() {}
