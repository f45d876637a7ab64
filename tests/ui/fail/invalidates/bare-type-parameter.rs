use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}

#[invalidates(get_user(1))]
async fn in_transaction<T>(change: impl Future<Output = T>) -> T {
    change.await
}
fn main() {}
