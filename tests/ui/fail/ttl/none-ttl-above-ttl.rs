use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1m", none_ttl = "5m")]
async fn get_user(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
