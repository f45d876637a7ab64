use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}

#[invalidates(get_user(post.1))]
pub async fn remove_post(post: (u64, i64)) {}

fn main() {}
