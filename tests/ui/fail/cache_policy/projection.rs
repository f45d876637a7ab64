use cache_runtime::{cache_policy, cached};
pub trait Read { type Out; async fn get(&self, id: u64) -> Self::Out; }
pub struct Users;
#[cache_policy(skip(self), ttl = "1h")]
impl Read for Users {
    type Out = u64;
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> Self::Out { id }
}

fn main() {}
