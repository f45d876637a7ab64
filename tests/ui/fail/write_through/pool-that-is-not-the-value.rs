use cache_runtime::cached;
struct SqlitePool;

#[cached(key = "name:<id>", ttl = "1h")]
async fn name(id: u64) -> String {
    id.to_string()
}
#[cached(strategy = "write_through", writes = name(id))]
async fn rename(db: &SqlitePool, id: u64, to: String) {
    drop((db, id, to))
}
fn main() {}
