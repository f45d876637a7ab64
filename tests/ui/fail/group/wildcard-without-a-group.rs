#![allow(unused_variables)]
use cache_runtime::{cached, invalidates};

#[cached(key = "posts:<user>:<page>", ttl = "1h", group(page))]
async fn get_posts(user: u64, page: u32) -> u64 {
    user
}

#[invalidates(get_posts(user, _))]
async fn add_post(user: u64) {}
fn main() {}
