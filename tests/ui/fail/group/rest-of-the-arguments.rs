use cache_runtime::{cached, invalidates};

#[cached(key = "posts:<author>:<page>", ttl = "1h", group(author))]
async fn posts(author: u64, page: u64) -> u64 { author + page }

#[invalidates(posts(author, ..))]
async fn publish(author: u64) -> Result<(), String> { Ok(()) }

fn main() {}
