use cache_runtime::{cache_policy, cached};

trait Users { async fn get(&self, id: u64) -> Result<u64, String>; }
struct Db;
#[cache_policy(skip(self))]
impl Users for Db {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> Result<Usr, String> { Err(id.to_string()) }
}

fn main() {}
