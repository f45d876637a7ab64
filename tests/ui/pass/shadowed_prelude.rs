//! Generated code does not depend on what names mean where it stands.
#![deny(warnings)]
#![allow(dead_code)]

use cache_runtime::cached;

struct Result;
struct Option;
struct Ok;
struct Some;
struct Box;
struct String;
struct Vec;
mod std {}
mod core {}

#[cached(key = "plain:<id>", ttl = "1h", none_ttl = "1s", tags = ["plain:<id>"])]
async fn option(id: u64) -> ::core::option::Option<u64> {
    ::core::option::Option::Some(id)
}

#[cached(key = "future:<id>", ttl = "1h", tier = "local")]
fn future(id: u64) -> impl Future<Output = u64> {
    async move { id }
}

fn main() {}
