//! Every shape of a return type, also behind an alias; the body infers as without the attribute.
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;

use cache_runtime::cached;

type Loaded<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[cached(key = "bare:<id>", ttl = "1h")]
async fn bare(id: u64) -> Vec<u64> {
    if id == 0 {
        return Vec::new();
    }
    (0..id).collect()
}

#[cached(key = "shared:<id>", ttl = "1h")]
async fn shared(id: u64) -> Arc<String> {
    Arc::new(id.to_string())
}

#[cached(key = "option:<id>", ttl = "1h", none_ttl = "5s")]
async fn option(id: u64) -> Option<Arc<String>> {
    let id = id.checked_sub(1)?;
    Some(Arc::new(id.to_string()))
}

#[cached(key = "aliased:<text>", ttl = "1h", none_ttl = "5s")]
async fn aliased(text: &str) -> Loaded<Option<u64>> {
    let number = text.parse()?;
    Ok(Some(number))
}

#[cached(key = "recursive:<id>", ttl = "1h")]
async fn recursive(id: u64) -> Result<u64, String> {
    match id {
        0 => Ok(0),
        id => recursive(id - 1).await,
    }
}

fn main() {
    drop((bare(1), shared(1), option(1), aliased("1"), recursive(3)));
}
