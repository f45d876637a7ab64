use cache_runtime::{Cache, Result};

async fn forget(cache: &Cache) -> Result<()> {
    cache.invalidate("user:7").await
}
fn main() {}
