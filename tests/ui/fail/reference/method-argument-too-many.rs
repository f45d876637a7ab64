struct Users;

impl Users {
    #[cache_runtime::cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn get(&self, id: u64) -> u64 {
        id
    }
    #[cache_runtime::invalidates(self.get(id, 1))]
    async fn rename(&self, id: u64) {}
}

fn main() {}
