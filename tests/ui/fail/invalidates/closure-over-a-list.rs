#[cache_runtime::cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}
#[cache_runtime::invalidates(|ids| ids.iter().map(|id| get_user(*id)))]
async fn delete_old() -> Vec<u64> {
    Vec::new()
}
fn main() {}
