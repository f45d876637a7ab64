use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", hard_timeout = "2s")]
async fn get_user(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
