use cache_runtime::cached;

#[cached(key = "post:<id>", ttl = "1h", strategy = "write_through")]
async fn save_post(id: u64, #[cfg(any())] post: String) {
    let _ = id;
}

fn main() {}
