use cache_runtime::cached;

#[cached(key = "tile:<at.0>", ttl = "1h")]
async fn tile(at: (u32, u32)) -> u32 {
    at.0 + at.1
}

fn main() {}
