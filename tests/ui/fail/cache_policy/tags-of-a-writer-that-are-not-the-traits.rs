struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users {
    #[cached(key = "user:<id>", strategy = "write_through")]
    async fn get(&self, id: u64, name: String) -> String;
}
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<id>", strategy = "write_through", tags = ["user"])]
    async fn get(&self, id: u64, name: String) -> String { name }
}
fn main() {}
