use cache_runtime::{cache_policy, cached};

struct Users;

#[cache_policy(skip(self))]
impl Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: UserId) -> u64 { id.0 }
}

fn main() {}
