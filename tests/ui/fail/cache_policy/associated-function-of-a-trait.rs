use cache_runtime::cached;

trait Count { async fn count() -> u64; }
struct Users;

impl Count for Users {
    #[cached(key = "users", ttl = "1h")]
    async fn count() -> u64 { 7 }
}

fn main() {}
