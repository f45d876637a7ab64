use cache_runtime::cached;
use std::borrow::Cow;

#[cached(key = "user:<name>", ttl = "1h", strategy = "refresh_ahead")]
async fn get_user(name: Cow<'_, str>) -> String {
    name.into_owned()
}

fn main() {}
