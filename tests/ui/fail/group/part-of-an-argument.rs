#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "posts:<user>:<page>", ttl = "1h", group(user.team))]
async fn get_posts(user: u64, page: u32) -> u64 {
    7
}

fn main() {}
