use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", chunk = 500)]
async fn get_user(id: u64) -> Option<String> {
    Some(id.to_string())
}

fn main() {}
