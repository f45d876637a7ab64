use cache_runtime::cached;

#[cached(key = "name:<id>", ttl = "1h", strategy = "write_through")]
async fn name(id: u64) -> String {
    id.to_string()
}
#[cached(strategy = "write_through", writes = name(id), value = return, skip(title))]
async fn rename(id: u64, title: &str) -> String {
    format!("{title} {id}")
}
fn main() {}
