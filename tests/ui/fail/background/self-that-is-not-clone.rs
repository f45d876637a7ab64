use cache_runtime::cached;
struct Users(u64);

impl Users {
    #[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(self))]
    async fn get(&self, id: u64) -> u64 {
        self.0 + id
    }
}

fn main() {}
