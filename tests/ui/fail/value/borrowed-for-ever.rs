use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> &'static str {
    if id == 0 { "nobody" } else { "somebody" }
}

fn main() {}
