use cache_runtime::cached;

#[cached(key = "rate:<currency>", ttl = "1m", ttl_only = true)]
async fn rate(currency: &str) -> u64 {
    currency.len() as u64
}

fn main() {}
