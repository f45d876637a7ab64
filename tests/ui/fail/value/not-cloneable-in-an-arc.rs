use cache_runtime::cached;
use std::sync::Arc;

#[derive(serde::Serialize, serde::Deserialize)]
struct User;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> Arc<User> {
    Arc::new(User)
}

fn main() {}
