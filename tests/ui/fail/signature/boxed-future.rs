use {cache_runtime::cached, std::pin::Pin};

#[cached(key = "user:<id>", ttl = "1h")]
fn get_user(id: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move { id })
}

fn main() {}
