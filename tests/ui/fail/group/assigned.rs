use cache_runtime::cached;

#[cached(key = "posts:<author>:<page>", ttl = "1h", group = author)]
async fn posts(author: u64, page: u64) -> u64 { author + page }

fn main() {}
