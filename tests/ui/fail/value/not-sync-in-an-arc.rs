use cache_runtime::cached;
use std::cell::Cell;
use std::sync::Arc;

#[cached(key = "counter:<id>", ttl = "1h", tier = "local")]
async fn counter(id: u64) -> Arc<Cell<u64>> {
    Arc::new(Cell::new(id))
}

fn main() {}
