use cache_runtime::cached;

#[cached(key = "tile:<x><y>", ttl = "1h")]
async fn tile(x: u32, y: u32) -> u32 {
    x + y
}

fn main() {}
