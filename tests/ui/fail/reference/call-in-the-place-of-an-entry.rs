use cache_runtime::{Cache, cached};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Option<String> {
    (id > 0).then(|| format!("user {id}"))
}

async fn show(cache: &Cache) -> Option<Option<String>> {
    cache.peek(get_user(7)).await
}
fn main() {}
