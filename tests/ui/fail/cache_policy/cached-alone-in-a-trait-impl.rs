use cache_runtime::cached;

struct Repo;
trait Users { async fn get(&self, id: u64) -> u64; }
impl Users for Repo {
    #[cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn get(&self, id: u64) -> u64 { id }
}

fn main() {}
