use cache_runtime::cached;

struct Users;

impl Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(id: u64) -> u64 { Self::load(id) }
    fn load(id: u64) -> u64 { id }
}

fn main() {}
