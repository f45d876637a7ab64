use cache_runtime::cached;

struct Users;

impl Users {
    #[cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn get(&self, id: u64) -> Result<Usr, String> { Err(id.to_string()) }
}

fn main() {}
