use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}
#[invalidates(|user: u64| get_user(user))]
pub async fn rename(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
