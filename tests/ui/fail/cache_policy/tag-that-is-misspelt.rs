use cache_runtime::cache_policy;

struct Repo;
#[cache_policy]
impl Repo {
    #[cached(key = "user:<id>", ttl = "1h", tags = ["user"], skip(self))]
    async fn get(&self, id: u64) -> u64 { id }
    #[invalidates(tags = ["usr"])]
    async fn save(&self) {}
}

fn main() {}
