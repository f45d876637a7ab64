use cache_runtime::cached;

#[cached(key = "get:<id>", ttl = "1h")]
async fn get<T: Iterator>(id: u64) -> T::Item {
    panic!("{id}")
}

fn main() {}
