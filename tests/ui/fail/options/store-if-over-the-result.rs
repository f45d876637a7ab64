use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", store_if = |user: &Result<u64, String>| user.is_ok())]
async fn get_user(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
