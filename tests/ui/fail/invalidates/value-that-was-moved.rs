use cache_runtime::{cached, invalidates};
#[cached(key = "user:<name>", ttl = "1h")]
pub async fn by_name(name: &str) -> u64 {
    1
}
#[invalidates(|_| by_name(&name))]
pub async fn add_user(name: String) -> u64 {
    drop(name);
    7
}
fn main() {}
