use cache_runtime::{cached, invalidates};

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(id: u64) -> u64 { id }

#[invalidates(get_user(<id>))]
async fn ban(id: u64) -> Result<(), String> { Ok(()) }

fn main() {}
