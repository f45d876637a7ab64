use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", stale_while_revalidate = "10m", stale_if_error = "5m")]
async fn get_user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
