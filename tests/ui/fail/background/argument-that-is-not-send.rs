use cache_runtime::cached;
use std::rc::Rc;

#[cached(key = "user:<id>", ttl = "1h", strategy = "read_through", skip(name))]
async fn get_user(name: Rc<String>, id: u64) -> String {
    format!("{name}{id}")
}

fn main() {}
