use cache_runtime::{Cache, cached};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 { id }

async fn show(cache: &Cache) -> Vec<Option<u64>> {
    cache.get_many([1, 2].map(get_user)).await
}
fn main() {}
