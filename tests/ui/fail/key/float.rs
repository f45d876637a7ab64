use cache_runtime::cached;

#[cached(key = "near:<lat>", ttl = "1h")]
async fn near(lat: f64) -> bool {
    lat > 0.0
}

fn main() {}
