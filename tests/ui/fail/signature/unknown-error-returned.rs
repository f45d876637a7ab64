use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Result<u64, DbError> {
    Ok(id)
}

fn main() {}
