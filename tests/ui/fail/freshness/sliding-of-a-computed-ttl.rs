use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = std::time::Duration::from_secs(id), sliding = "12h")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
