use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = |user| std::time::Duration::from_secs(*user), sliding = "12h")]
async fn get_user(id: u64) -> u64 {
    id
}

fn main() {}
