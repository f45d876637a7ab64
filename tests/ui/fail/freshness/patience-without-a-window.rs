use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", patience = "1s")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
