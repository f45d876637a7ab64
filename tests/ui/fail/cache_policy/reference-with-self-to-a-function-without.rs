use cache_runtime::cache_policy;

struct Repo;
#[cache_policy]
impl Repo {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(id: u64) -> u64 { id }
    #[invalidates(self.get(id))]
    async fn save(&self, id: u64) { let _ = id; }
}

fn main() {}
