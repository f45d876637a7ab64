use cache_runtime::{cached, invalidate};

#[cached(key = "user:<id>", ttl = "1h")]
pub async fn get_user(id: u64) -> u64 {
    id
}

fn main() {
    let _ = invalidate!(|user| get_user(user.id));
}
