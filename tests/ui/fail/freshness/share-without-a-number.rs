use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", refresh_ahead = "auto")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
