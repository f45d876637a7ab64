use cache_runtime::{cached, invalidates};
pub struct User { id: u64 }

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}
#[invalidates(|user| get_user(user.idd))]
pub async fn add_user() -> Result<User, ()> { Err(()) }

fn main() {}
