use cache_runtime::cached;

use std::collections::HashMap;

#[cached(key = "users:<ids>", ttl = "1h")]
async fn users(ids: HashMap<u64, u64>) -> usize {
    ids.len()
}

fn main() {}
