use cache_runtime::cached;

#[cached(key = "page:<N>:<id>", ttl = "1h", skip(N))]
async fn page<const N: usize>(id: u64) -> Vec<u64> {
    vec![id; N]
}

fn main() {}
