use cache_runtime::cached;

#[cached(key = "", ttl = "1h")]
async fn settings() -> u64 {
    1
}

fn main() {}
