use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1")]
async fn get_user(id: u64) -> u64 { id }

#[invalidates(get_user(id))]
async fn rename_user(id: u64) -> u64 {
    get_user(id).await
}

fn main() {}
