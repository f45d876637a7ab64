//! A function may be named as a primitive type is, and traits in scope may give every type methods of any name.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::unused_async, clippy::wrong_self_convention, clippy::new_ret_no_self)]

use cache_runtime::{KeyPart, cached, entry, invalidate, invalidates};

/// Methods that generated code might be thought to call: by value, where they come before all that borrow.
macro_rules! on_everything {
    ($($name:ident)*) => {
        #[allow(dead_code)]
        trait OnEverything: Sized {
            $(fn $name(self) {})*
        }

        impl<T> OnEverything for T {}
    };
}

on_everything! {
    also arg begin begin_required borrowed bypass end entry errors finish give group groups guard_ms guard_off hold
    hold_ms into_future is_some keep kind literal local_ttl_ms lookup new none_ttl_ms only_ok part poll returned store
    store_if strategy success tag tag_with tags text through through_entry tier ttl ttl_by ttl_ms value version wrap
    write_key writes
}

#[derive(Clone, KeyPart)]
struct Filter {
    page: u64,
    words: Vec<String>,
}

#[cached(
    key = "pages:<filter>:<user>",
    ttl = "1h",
    tags = ["pages", "pages:<user>"],
    group(user),
    when = user > 0,
    none_ttl = "1s",
    store_if = |page: &String| !page.is_empty()
)]
async fn pages(user: u64, filter: &Filter) -> Result<Option<String>, String> {
    Ok(Some(format!("{user} {} {}", filter.page, filter.words.join(" "))))
}

#[cached(key = "user:<id>", ttl = std::time::Duration::from_secs(id), tags = ["user:<id>"], strategy = "write_through")]
async fn user(id: u64) -> String {
    id.to_string()
}

#[cached(key = "user:<id>", ttl = "1h", tags = ["user:<id>"], strategy = "write_through")]
async fn save(id: u64, name: String) -> Result<(), std::fmt::Error> {
    if name.is_empty() || id == 0 { Err(std::fmt::Error) } else { Ok(()) }
}

#[cached(strategy = "write_through", writes = user(id), value = return, guard = "10s", hold = "1s")]
async fn import(id: u64) -> Result<String, std::fmt::Error> {
    if id == 0 { Err(std::fmt::Error) } else { Ok(id.to_string()) }
}

#[invalidates(user(id), pages(id, _), tags = ["user:<id>"], |id: &u64| user(*id), |id| user(id + 1), only_ok)]
async fn remove(id: u64) -> Result<u64, std::fmt::Error> {
    if id == 0 { Err(std::fmt::Error) } else { Ok(id) }
}

mod primitives {
    use cache_runtime::{cached, invalidates};

    #[cached(key = "bool:<id>", ttl = "1h")]
    pub async fn bool(id: u64) -> bool {
        id > 0
    }

    #[cached(key = "str:<id>:<part>", ttl = "1h", group(id))]
    pub async fn str(id: u64, part: &str) -> Option<String> {
        (!part.is_empty()).then(|| id.to_string())
    }

    #[cached(key = "u64:<id>", ttl = "1h")]
    pub async fn u64(id: u64) -> Result<u64, String> {
        Ok(id)
    }

    #[cached(key = "char:<id>", ttl = "1h", companion = usize)]
    pub async fn char(id: u64) -> Vec<char> {
        id.to_string().chars().collect()
    }

    #[invalidates(bool(id), self::u64(id), str(id, _), usize(id))]
    pub async fn remove(id: u64) {}

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub struct Derived(pub bool, pub u64, pub char, pub usize);
}

struct Texts;

impl Texts {
    #[cached(key = "texts:<id>", ttl = "1h", skip(self))]
    async fn str(&self, id: u64) -> u64 {
        id
    }

    #[invalidates(self.str(id), primitives::bool(id))]
    async fn remove(&self, id: u64) {}
}

fn main() {
    let _cache = cache_runtime::testing::isolate();
    let id = 1;
    let filter = Filter { page: 1, words: Vec::new() };
    drop((pages(1, &filter), user(1), save(1, String::new()), import(1), remove(1)));
    drop((primitives::bool(1), primitives::str(1, ""), primitives::u64(1), primitives::char(1), primitives::remove(1)));
    drop((Texts.str(1), Texts.remove(1), entry!(user(1)), entry!(primitives::u64(1))));
    drop(invalidate!(primitives::str(1, "a"), user(1), tags = ["user:<id>"]));
    let _ = primitives::Derived(true, 1, 'a', 1);
}
