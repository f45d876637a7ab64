use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn find_user(id: u64) -> u64 {
    id
}

#[invalidates(fnd_user(id))]
pub async fn rename_user(id: u64) {}

fn main() {}
