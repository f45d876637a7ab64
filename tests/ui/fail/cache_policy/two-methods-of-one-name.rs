use cache_runtime::{cache_policy, cached};

struct Db;

#[cache_policy(ttl = "1h", skip(self))]
impl Db {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
    #[cached(key = "post:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
