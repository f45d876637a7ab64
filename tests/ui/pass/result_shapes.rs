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

#[cached(key = "local:<id>", ttl = "1h")]
async fn not_send(id: u64) -> u64 {
    let shared = std::rc::Rc::new(id);
    std::future::ready(()).await;
    *shared
}

#[cached(key = "unsafe:<id>", ttl = "1h")]
async unsafe fn dangerous(id: u64) -> u64 {
    id
}

fn needs_send(value: impl Send) {
    drop(value);
}

fn main() {
    #[cached(key = "nested:<id>", ttl = "1h")]
    async fn nested(id: u64) -> u64 {
        id
    }

    needs_send(nested(1));
    drop((not_send(1), unsafe { dangerous(1) }));
    drop((bare(1), shared(1), option(1), aliased("1"), recursive(3)));
}
