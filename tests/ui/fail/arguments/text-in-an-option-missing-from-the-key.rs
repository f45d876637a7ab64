use cache_runtime::cached;

#[cached(key = "users", ttl = "1h")]
async fn users(search: Option<&str>) -> Vec<String> {
    search.map(str::to_owned).into_iter().collect()
}

fn main() {}
