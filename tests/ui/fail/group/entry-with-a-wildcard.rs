#![allow(unused_variables)]
use cache_runtime::{cached, entry};

#[cached(key = "posts:<user>:<page>", ttl = "1h", group(user))]
async fn get_posts(user: u64, page: u32) -> u64 {
    user
}

fn main() {
    let entry = entry!(get_posts(7, _));
}
