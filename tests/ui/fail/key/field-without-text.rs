use cache_runtime::cached;

struct Place { lat: f64 }
#[cached(key = "near:<at.lat>", ttl = "1h")]
async fn near(at: Place) -> bool {
    at.lat > 0.0
}

fn main() {}
