use cache_runtime::cache_policy;

#[cache_policy]
trait Users {
    #[cached(key = "user:<id>", ttl = "1h", hard_timeout = "2s", skip(self))]
    async fn get(&self, id: u64) -> Result<u64, cache_runtime::Error>;
}

fn main() {}
