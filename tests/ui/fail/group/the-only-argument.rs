use cache_runtime::cached;

#[cached(key = "post:<id>", ttl = "1h", group(id))]
async fn get_post(id: u64) -> u64 { id }

fn main() {}
