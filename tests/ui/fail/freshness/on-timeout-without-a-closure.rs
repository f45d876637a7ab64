use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", hard_timeout = "2s", on_timeout = 0)]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
