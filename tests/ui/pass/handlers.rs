//! A handler of a web framework, whose arguments are extractors, and what it may return.
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;

use cache_runtime::{cached, entry};
use serde::{Deserialize, Serialize};

/// What a request says behind its `?`.
#[derive(Clone)]
pub struct Query<T>(pub T);

/// A document, as sqlx knows it: a value, not only a response.
#[derive(Clone, Serialize, Deserialize)]
pub struct Json<T>(pub T);

/// A page, which only this process can keep.
#[derive(Clone)]
pub struct Html<T>(pub T);

/// What is asked for.
#[derive(Clone)]
pub struct Filter {
    /// A tag.
    pub tag: String,
    /// A page.
    pub page: u32,
    /// What else there is.
    pub range: (u32, u32),
}

#[cached(key = "all:<query.0.tag>:<query.0.page>:<query.0.range>", ttl = "1h", tags = ["in:<query.0.tag>"])]
async fn every_field(query: Query<Filter>) -> String {
    format!("{}{}", query.0.tag, query.0.page)
}

#[cached(key = "some:<query.0.tag>:<query.0.range.0>", ttl = "1h", skip(query.0.page, query.0.range.*))]
async fn some_fields(query: &Query<Arc<Filter>>) -> String {
    query.0.tag.clone()
}

#[cached(key = "rest:<query.0.tag>", ttl = "1h", skip(query.0.*))]
async fn with_the_rest(query: Query<Filter>) -> String {
    query.0.tag
}

#[cached(key = "pair:<pair.0.0>", ttl = "1h", skip(pair.0.*, pair.1))]
async fn nested(pair: ((u32, u32), u32)) -> u32 {
    pair.0.0
}

#[cached(key = "one:<query.0>", ttl = "1h")]
async fn the_value(query: Query<String>) -> String {
    query.0
}

#[cached(key = "taken:<tag>:<page>", ttl = "1h", skip(range))]
async fn taken_apart(Query(Filter { tag, page, range }): Query<Filter>) -> Json<String> {
    Json(format!("{tag}{page}{range:?}"))
}

#[cached(key = "html:<id>", ttl = "1h", tier = "local")]
async fn page(id: u64) -> Html<String> {
    Html(id.to_string())
}

fn main() {
    let filter = Filter { tag: String::new(), page: 1, range: (0, 1) };
    let query = Query(filter.clone());
    let _ = (entry!(every_field(query)), entry!(taken_apart(query)), entry!(page(1)));
    drop((every_field(query.clone()), with_the_rest(query.clone()), taken_apart(query)));
    drop((nested(((1, 2), 3)), some_fields(&Query(Arc::new(filter))), the_value(Query(String::new())), page(1)));
}
