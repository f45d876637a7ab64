#![allow(unused_variables)]
#[cache_runtime::invalidates(key = "user:<id>")]
async fn rename_user(id: u64) {}

fn main() {}
