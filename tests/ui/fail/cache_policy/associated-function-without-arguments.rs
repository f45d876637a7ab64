use cache_runtime::cached;

struct Users;

impl Users {
    #[cached(key = "users", ttl = "1h")]
    pub(crate) async fn count() -> u64 { 7 }
}

fn main() {}
