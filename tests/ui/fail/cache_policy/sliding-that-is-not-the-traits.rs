use cache_runtime::cache_policy;
#[cache_policy(skip(self), ttl = "1h")]
trait Users {
    #[cached(key = "user:<id>", sliding = "12h")]
    async fn get(&self, id: u64) -> Result<u64, String>;
}
struct Stored;
#[cache_policy(skip(self), ttl = "1h")]
impl Users for Stored {
    #[cached(key = "user:<id>")] async fn get(&self, id: u64) -> Result<u64, String> { Ok(id) }
}
fn main() {}
