use cache_runtime::{cached, invalidates};

#[cached(key = "list:<id>", ttl = "1h", group(id))]
pub async fn list(id: u64, page: Option<u32>) -> u64 {
    id + u64::from(page.unwrap_or(0))
}
#[invalidates(list(id, _))]
pub async fn rename(id: u64) {
    drop(id);
}

fn main() {}
