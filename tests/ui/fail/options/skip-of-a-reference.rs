use cache_runtime::cached;

#[cached(key = "users", ttl = "1h", skip(&limit))]
async fn users(limit: u64) -> u64 {
    limit
}

fn main() {}
