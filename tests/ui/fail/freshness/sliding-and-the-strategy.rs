use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "refresh_ahead", sliding = "12h")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
