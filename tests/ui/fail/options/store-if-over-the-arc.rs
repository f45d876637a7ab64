use cache_runtime::cached;
use std::sync::Arc;
#[cached(key = "user:<id>", ttl = "1h", store_if = |user: &Arc<u64>| **user > 0)]
async fn get_user(id: u64) -> Arc<u64> {
    Arc::new(id)
}

fn main() {}
