struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users {
    #[cached(key = "user:<id>", tier = "local")]
    async fn get(&self, id: u64) -> u64;
}
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<id>")]
    async fn get(&self, id: u64) -> u64 { id }
}
fn main() {}
