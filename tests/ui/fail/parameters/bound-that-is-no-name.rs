use cache_runtime::cached;

#[cached(key = "user:<p>", ttl = "1h")]
async fn get_user<T: AsRef<str>>(p: T) -> usize {
    p.as_ref().len()
}

fn main() {}
