use cache_runtime::cache_policy;

struct Repo;
trait Users { async fn get(&self, id: u64) -> u64; }
trait Posts { async fn get(&self, id: u64) -> u64; }
#[cache_policy(ttl = "1h", skip(self))] impl Users for Repo {
    #[cached(key = "user:<id>")] async fn get(&self, id: u64) -> u64 { id }
}
#[cache_policy(ttl = "1h", skip(self))] impl Posts for Repo {
    #[cached(key = "post:<id>")] async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
