use cache_runtime::cached;

use std::borrow::Cow;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: &str) -> Cow<'_, str> {
    id.into()
}

fn main() {}
