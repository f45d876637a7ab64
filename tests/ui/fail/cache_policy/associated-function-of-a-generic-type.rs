use cache_runtime::{KeyPart, cached};

struct Users<T>(T);

impl<T: KeyPart> Users<T> {
    #[cached(key = "user:<id>", ttl = "1h")]
    async fn get(id: T) -> u64 { 7 }
}

fn main() {}
