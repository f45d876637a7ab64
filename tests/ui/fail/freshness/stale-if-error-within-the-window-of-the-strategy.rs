use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "stale_while_revalidate", stale_if_error = "1h")]
async fn get_user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
