use cache_runtime::cached;

#[cached(key = "user:<user.name>", ttl = "1h")]
async fn get_user(user: &str) -> usize {
    user.len()
}

fn main() {}
