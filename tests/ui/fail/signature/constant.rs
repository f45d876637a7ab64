use cache_runtime::cached;

#[cached(key = "limit", ttl = "1h")]
const LIMIT: u64 = 10;

fn main() {}
