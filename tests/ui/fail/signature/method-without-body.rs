use cache_runtime::cached;

trait Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64;
}

fn main() {}
