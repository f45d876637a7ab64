use cache_runtime::{cached, entry};
#[derive(Clone)]
pub struct User;
#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> User {
    drop(id);
    User
}
pub async fn forget() {
    drop(entry!(get_user(1)));
}
fn main() {}
