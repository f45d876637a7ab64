use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
async fn get_user(_lang: &str, id: u64) -> String {
    format!("{_lang}{id}")
}

fn main() {}
