//! No argument can meet a name of the generated code.
#![deny(warnings, clippy::pedantic)]

use cache_runtime::{cached, entry};

#[cached(key = "<key>:<cache>:<value>:<result>:<body>", ttl = "1h", tags = ["t:<key>"])]
async fn common(key: u8, cache: u8, value: u8, result: u8, body: u8) -> u8 {
    key + cache + value + result + body
}

#[cached(key = "<kind>:<shape>:<returns>:<miss>:<plan>:<found>", ttl = "1h")]
async fn generated(kind: u8, shape: u8, returns: u8, miss: u8, plan: u8, found: u8) -> u8 {
    kind + shape + returns + miss + plan + found
}

#[cached(key = "<type>:<async>:<r#match.0>", ttl = "1h", skip(r#match.1))]
async fn raw(r#type: &str, r#async: u8, r#match: (u8, u8)) -> usize {
    r#type.len() + usize::from(r#async) + usize::from(r#match.0)
}

#[cached(key = "by_ref:<id>", ttl = "1h")]
async fn by_reference(&id: &u64) -> u64 {
    id
}

#[cached(key = "pair:<x>:<y>", ttl = "1h")]
async fn pair(&(x, y): &(u64, u64)) -> u64 {
    x + y
}

#[cached(key = "inside:<x>:<y>", ttl = "1h")]
async fn inside((&x, y): (&u64, u64)) -> u64 {
    x + y
}

#[cached(key = "whole:<all>", ttl = "1h")]
async fn whole(all @ (x, y): (u64, u64)) -> u64 {
    all.0 + x + y
}

#[cached(key = "parts:<x>:<y>", ttl = "1h", skip(all))]
async fn parts(all @ (x, y): (u64, u64)) -> u64 {
    all.0 + x + y
}

fn main() {
    let _ = (entry!(whole((1, 2))), entry!(parts((1, 2))));
    drop((whole((1, 2)), parts((1, 2))));
    let _ = (entry!(by_reference(1)), entry!(pair((1, 2))), entry!(inside((&1, 2))));
    drop((by_reference(&1), pair(&(1, 2)), inside((&1, 2))));
    drop((common(1, 2, 3, 4, 5), generated(1, 2, 3, 4, 5, 6), raw("a", 1, (2, 3))));
}
