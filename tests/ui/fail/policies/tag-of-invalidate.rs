use cache_runtime::{invalidate, policies};

policies! { tags = ["user"] }
async fn save() { let _ = invalidate!(tags = ["users"]).await; }

fn main() {}
