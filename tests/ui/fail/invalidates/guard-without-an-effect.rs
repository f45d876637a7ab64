use cache_runtime::{cached, invalidates};
#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}

#[invalidates(|id| get_user(*id), guard = "10s")]
pub async fn add_user() -> u64 {
    7
}
fn main() {}
