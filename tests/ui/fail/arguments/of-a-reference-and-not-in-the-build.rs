use cache_runtime::{cached, invalidates};

#[cached(key = "post:<id>", ttl = "1h")]
async fn get_post(id: u64) -> String {
    format!("{id}")
}

#[invalidates(get_post(id))]
async fn rename_post(#[cfg(any())] id: u64) {}

fn main() {}
