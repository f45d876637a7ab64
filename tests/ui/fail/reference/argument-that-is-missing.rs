use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>:<lang>", ttl = "1h")]
pub async fn get_user(id: u64, lang: &str) -> u64 {
    id
}

#[invalidates(get_user(id))]
pub async fn rename_user(id: u64) {}

fn main() {}
