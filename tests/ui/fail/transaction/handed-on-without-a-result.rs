use cache_runtime::transaction;
use std::time::Duration;

async fn count() -> u64 {
    let inside = transaction(async { 1 });
    tokio::time::timeout(Duration::from_secs(1), inside).await.unwrap_or(0)
}
fn main() {}
