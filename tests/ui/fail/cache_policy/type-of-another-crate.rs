use cache_runtime::cache_policy;

trait Users { async fn get(&self, id: u64) -> u64; }
#[cache_policy(skip(self))]
impl Users for Vec<u64> {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
