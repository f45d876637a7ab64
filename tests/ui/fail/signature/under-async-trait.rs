use cache_runtime::cached;

struct Repo;
#[async_trait::async_trait]
trait Users { async fn get(&self, id: u64) -> u64; }
#[async_trait::async_trait]
impl Users for Repo {
    #[cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
