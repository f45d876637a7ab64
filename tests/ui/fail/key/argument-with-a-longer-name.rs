use cache_runtime::cached;

#[cached(key = "user:<user>", ttl = "1h", tags = ["user:<user>"])]
async fn get_user(user_id: u64) -> u64 {
    user_id
}

fn main() {}
