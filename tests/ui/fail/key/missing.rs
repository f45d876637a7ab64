use cache_runtime::cached;

#[cached(ttl = "1h")]
async fn get_user(id: u64, lang: &str) -> u64 {
    id + lang.len() as u64
}

fn main() {}
