use cache_runtime::cache_policy;

struct Repo;
#[cache_policy(skip(self))]
impl Repo {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64 { id }
    async fn count(&self) -> u64 { 1 }
    #[invalidates(self.get(id), self.count())]
    async fn save(&self, id: u64) { let _ = id; }
}
fn main() {}
