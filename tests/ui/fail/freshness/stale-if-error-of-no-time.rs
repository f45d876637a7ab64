use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", stale_if_error = "0s")]
async fn get_user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
