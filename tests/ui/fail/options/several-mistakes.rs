use cache_runtime::cached;

#[cached(key = "user:<idd>", tll = "1h", ttl = "5min", tags = "user")]
async fn get_user(id: u64, lang: &str) -> Option<&str> {
    Some(lang).filter(|_| id > 0)
}

fn main() {}
