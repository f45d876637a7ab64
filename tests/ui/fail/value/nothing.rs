use cache_runtime::cached;

#[cached(key = "touch:<id>", ttl = "1h")]
async fn touch(id: u64) {
    drop(id);
}

fn main() {}
