use cache_runtime::cached;

#[cached(key = "list:<user>:<page>", ttl = "1h", group("user"))]
async fn list(user: u64, page: u64) -> u64 {
    user + page
}

fn main() {}
