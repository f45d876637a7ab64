use cache_runtime::cached;

struct Path<T>(T);
#[cached(key = "post:<user>", ttl = "1h")]
async fn post(Path((user, slug)): Path<(u64, String)>) -> String {
    format!("{user}{slug}")
}

fn main() {}
