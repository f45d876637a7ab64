use cache_runtime::cached;
use std::error::Error;

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through")]
async fn get_user(id: u64) -> Result<u64, Box<dyn Error>> {
    Ok(id)
}

fn main() {}
