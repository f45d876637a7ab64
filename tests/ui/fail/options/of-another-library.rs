use cache_runtime::cached;

#[cached(key = "user:<id>", max_age = "1h", ttl = "1h")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
