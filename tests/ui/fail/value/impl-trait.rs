use cache_runtime::cached;

#[cached(key = "get:<id>", ttl = "1h")]
async fn get(id: u64) -> impl Iterator<Item = u64> {
    0..id
}

fn main() {}
