use cache_runtime::cached;

type Loaded = Result<u64, NotSerializable>;
#[derive(Clone)]
struct NotSerializable;

#[cached(key = "user:<id>", ttl = "1h", tier = "local")]
async fn get_user(id: u64) -> Option<Loaded> {
    Some(Ok(id))
}

fn main() {}
