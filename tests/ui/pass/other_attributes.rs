//! Attributes above and below, doc comments, `cfg` and lints keep their meaning.
#![deny(warnings, missing_docs, clippy::pedantic)]

use cache_runtime::cached;

/// Is documented.
///
/// # Errors
/// Never.
#[must_use = "a value that is loaded for nothing"]
#[cached(key = "documented:<id>", ttl = "1h")]
pub async fn documented(id: u64) -> Option<u64> {
    Some(id)
}

#[allow(clippy::used_underscore_binding, reason = "it is: `instrument` logs every argument")]
#[tracing::instrument]
#[cached(key = "above:<id>", ttl = "1h")]
async fn above(id: u64, _hint: u64) -> u64 {
    id
}

#[cached(key = "below:<id>", ttl = "1h")]
#[tracing::instrument(skip_all)]
async fn below(id: u64) -> u64 {
    id
}

#[cached(key = "absent:<id>", ttl = "1h")]
#[cfg(any())]
async fn absent(id: NoSuchType) -> NoSuchType {
    id
}

#[cached(key = "inner:<id>", ttl = "1h")]
async fn inner(id: u64) -> u64 {
    #![allow(unused_variables)]
    let unused = 1;
    id
}

#[cached(key = "items:<id>", ttl = "1h")]
async fn items(id: u64) -> u64 {
    use std::cmp::max;
    const LEAST: u64 = 1;
    max(id, LEAST)
}

fn main() {
    drop((documented(1), above(1, 2), below(1), inner(1), items(1)));
}
