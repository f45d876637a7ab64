struct Users;

impl Users {
    #[cache_runtime::cached(key = "user:<id>", ttl = "1h", skip(self))]
    async fn find(&self, id: u64) -> u64 {
        id
    }
    #[cache_runtime::invalidates(self.get(id))]
    async fn rename(&self, id: u64) {}
}

fn main() {}
