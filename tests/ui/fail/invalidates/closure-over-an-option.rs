#[cache_runtime::cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}
#[cache_runtime::invalidates(|id| id.as_ref().map(|id| get_user(*id)))]
async fn delete_oldest() -> Option<u64> {
    None
}
fn main() {}
