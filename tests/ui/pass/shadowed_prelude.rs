//! Generated code does not depend on what names mean where it stands.
#![deny(warnings, clippy::pedantic)]
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

#[no_implicit_prelude]
mod without_prelude {
    use ::cache_runtime::cached;

    struct Filter {
        page: u64,
        lang: u64,
    }

    #[cached(key = "f:<filter.page>:<filter.lang>", ttl = "1h", when = filter.page > 0)]
    async fn fields(filter: Filter) -> ::core::option::Option<u64> {
        ::core::option::Option::Some(filter.page)
    }
}

fn main() {}
