use cache_runtime::cached;

struct Repo;

impl Repo {
    #[cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn get(self, id: u64) -> u64 {
        id
    }
}

fn main() {}
