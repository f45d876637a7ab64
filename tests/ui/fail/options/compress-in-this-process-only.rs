use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", tier = "local", compress = "lz4")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
