use cache_runtime::cached;
use std::rc::Rc;

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through")]
async fn get_user(id: u64) -> u64 {
    let shared = Rc::new(id);
    std::future::ready(()).await;
    *shared
}

fn main() {}
