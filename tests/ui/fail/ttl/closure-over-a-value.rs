use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = |user: u64| std::time::Duration::from_secs(user))]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
