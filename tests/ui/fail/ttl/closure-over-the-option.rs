use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = |user: &Option<u64>| std::time::Duration::from_secs(60))]
async fn get_user(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
