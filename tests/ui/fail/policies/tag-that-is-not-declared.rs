use cache_runtime::{cached, policies};

policies! { tags = ["user"] }
#[cached(key = "user:<id>", ttl = "1h", tags = ["user", "member:<id>"])]
async fn get(id: u64) -> u64 { id }

fn main() {}
