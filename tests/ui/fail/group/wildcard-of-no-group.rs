#![allow(unused_variables)]
use cache_runtime::{cached, invalidates};

#[cached(key = "posts:<author>:<page>", ttl = "1h")]
async fn get_posts(author: u64, page: u32) -> u64 {
    author
}

#[invalidates(get_posts(id, _))]
async fn add_post(id: u64) {}
fn main() {}
