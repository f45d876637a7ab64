use cache_runtime::cache_policy;

#[cache_policy(skip(self))]
trait Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64;
    #[invalidates(self.get(id))]
    async fn save(&self, id: u64);
}

fn main() {}
