use cache_runtime::cached;

#[cached(key = "user:<name>", ttl = "1h", strategy = "refresh_ahead")]
async fn get_user(name: &str) -> String {
    name.to_owned()
}

fn main() {}
