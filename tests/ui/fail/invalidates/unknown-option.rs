#![allow(unused_variables)]
#[cache_runtime::invalidates(tag = ["user"])]
pub async fn rename_user(id: u64) {}

fn main() {}
