use cache_runtime::cached;
use std::sync::Arc;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Arc<Result<u64, String>> {
    Arc::new(Ok(id))
}

fn main() {}
