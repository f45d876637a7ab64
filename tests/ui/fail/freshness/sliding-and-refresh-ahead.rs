use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", sliding = "12h", refresh_ahead = 0.8)]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
