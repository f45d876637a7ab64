use cache_runtime::cached;

#[cached(key = "get:<id>", ttl = "1h", skip(T))]
async fn get<T: Iterator>(id: u64) -> T::Item {
    panic!("{id}")
}

fn main() {}
