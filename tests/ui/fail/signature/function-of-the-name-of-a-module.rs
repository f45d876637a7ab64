use cache_runtime::cached;

mod user {}

#[cached(key = "user:<id>", ttl = "1h")]
async fn user(id: u64) -> u64 { id }

fn main() {}
