use cache_runtime::cached;
use std::sync::Arc;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Post;

#[cached(key = "posts:<user>", ttl = "1h")]
pub async fn posts(user: u64) -> Result<Arc<[Post]>, std::io::Error> {
    let _ = user;
    Ok(Arc::new([]))
}
fn main() {}
