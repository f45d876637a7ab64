struct Repo;
const TTL: std::time::Duration = std::time::Duration::from_secs(7);
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users { #[cached(key = "user:<id>", ttl = TTL)] async fn get(&self, id: u64) -> u64; }
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
