use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h")]
struct User {
    id: u64,
}

fn main() {}
