use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", on_timeout = |_| 0)]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
