use cache_runtime::{cached, invalidate};

#[cached(key = "posts:<user>:<page>", ttl = "1h", group(user))]
async fn get_posts(user: u64, page: u32) -> u64 {
    user + u64::from(page)
}

fn main() {
    let _ = invalidate!(get_posts(7, _, _));
}
