use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> Option<&'static str> {
    (id == 0).then_some("nobody")
}

fn main() {}
