use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", tags = ["lang:<lang>"], skip(lang))]
async fn get_user(id: u64, lang: &str) -> u64 {
    id + lang.len() as u64
}

fn main() {}
