struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users {
    #[cached(key = "user:<id>", none_ttl = "1m")]
    async fn get(&self, id: u64) -> Option<u64>;
}
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<id>", none_ttl = "2m")]
    async fn get(&self, id: u64) -> Option<u64> { Some(id) }
}
fn main() {}
