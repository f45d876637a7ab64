#![allow(unused_variables)]
use cache_runtime::cached;

#[cached(key = "posts:<user>:<page>", ttl = "1h", skip(lang), group(user, lang))]
async fn get_posts(user: u64, page: u32, lang: u8) -> u64 {
    7
}

fn main() {}
