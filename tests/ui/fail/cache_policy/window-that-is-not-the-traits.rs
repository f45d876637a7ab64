use cache_runtime::cache_policy;
#[cache_policy(skip(self), ttl = "1h")]
trait Users {
    #[cached(key = "user:<id>", strategy = "stale_while_revalidate")]
    async fn get(&self, id: u64) -> Result<u64, String>;
}
struct Stored;
#[cache_policy(skip(self), ttl = "1h")]
impl Users for Stored {
    #[cached(key = "user:<id>", stale_while_revalidate = "5m")] async fn get(&self, id: u64) -> Result<u64, String> { Ok(id) }
}
fn main() {}
