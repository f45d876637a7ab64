use cache_runtime::cache_policy;

#[cache_policy(skip(self))]
trait Users {
    #[cached(key = "user:<id>", ttl = "1h", when = id > 0)]
    async fn get(&self, id: u64) -> u64;
}

fn main() {}
