use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", strategy = "write_through", value = return, patience = "1s")]
async fn save_user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
