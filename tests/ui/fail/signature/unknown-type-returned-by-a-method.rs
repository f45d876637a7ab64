use cache_runtime::{cache_policy, cached};

struct Users;

#[cache_policy(skip(self))]
impl Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> Result<Usr, String> { Err(id.to_string()) }
}

fn main() {}
