#![allow(unused_variables)]
#[cache_runtime::invalidates("user:<id>")]
pub async fn rename_user(id: u64) {}

fn main() {}
