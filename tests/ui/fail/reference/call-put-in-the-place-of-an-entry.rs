use cache_runtime::{Cache, Result, cached};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 { id }

async fn store(cache: &Cache) -> Result<()> {
    cache.put(get_user(7), 7).await
}
fn main() {}
