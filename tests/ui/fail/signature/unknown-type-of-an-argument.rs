use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: UserId) -> Result<u64, String> {
    Ok(id.0)
}

fn main() {}
