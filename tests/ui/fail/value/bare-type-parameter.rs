use cache_runtime::cached;

#[cached(key = "get:<id>", ttl = "1h", skip(T))]
async fn get<T: From<u64>>(id: u64) -> T {
    id.into()
}

fn main() {}
