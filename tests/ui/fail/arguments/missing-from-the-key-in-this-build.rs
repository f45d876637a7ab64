use cache_runtime::cached;

#[cached(key = "post:<id>", ttl = "1h")]
async fn get_post(id: u64, #[cfg(all())] lang: &str) -> String {
    format!("{id}{lang}")
}

fn main() {}
