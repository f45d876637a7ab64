struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users {
    #[cached(key = "user:<a>:<b>")]
    async fn get(&self, a: u64, b: u64) -> u64;
}
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<b>:<a>")]
    async fn get(&self, a: u64, b: u64) -> u64 { a + b }
}
fn main() {}
