use cache_runtime::cached;

#[cached(key = "user:<name>", ttl = "1h", skip(id))]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
