use cache_runtime::cached;

struct Repo(u64);

impl Repo {
    #[cached(key = "user:<self>:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64 {
        self.0 + id
    }
}

fn main() {}
