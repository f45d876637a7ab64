use cache_runtime::{Cache, cached};

#[cached(key = "user:<id>", ttl = "1h", cache = cache, skip(cache))]
async fn get_user(cache: &Cache, id: u64) -> u64 {
    let _ = cache;
    id
}

fn main() {}
