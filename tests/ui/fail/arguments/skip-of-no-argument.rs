use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", skip(pol))]
async fn get_user(pool: &str, id: u64) -> u64 {
    id
}

fn main() {}
