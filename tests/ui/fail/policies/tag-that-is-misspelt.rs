use cache_runtime::{cached, invalidates, policies};

policies! { tags = ["user", "user:<id>"] }
#[cached(key = "user:<id>", ttl = "1h", tags = ["user", "user:<id>"])]
async fn get(id: u64) -> u64 { id }
#[invalidates(tags = ["usr"])]
async fn save() {}

fn main() {}
