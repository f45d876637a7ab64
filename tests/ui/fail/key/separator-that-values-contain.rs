use cache_runtime::cached;

#[cached(key = "tile:<x>-<y>", ttl = "1h")]
async fn tile(x: i32, y: i32) -> i32 {
    x + y
}

fn main() {}
