use cache_runtime::cache_policy;

struct Repo;
#[async_trait::async_trait]
trait Users { async fn get(&self, id: u64) -> u64; }
#[async_trait::async_trait]
#[cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
