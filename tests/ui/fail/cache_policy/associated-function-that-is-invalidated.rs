use cache_runtime::{cached, invalidates};

struct Users;

impl Users {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(id: u64) -> u64 { id }
    #[invalidates(Self::get(id))]
    async fn rename(id: u64) {}
}

fn main() {}
