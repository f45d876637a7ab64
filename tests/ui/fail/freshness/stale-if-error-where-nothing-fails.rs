use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", stale_if_error = "1h")]
async fn get_user(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
