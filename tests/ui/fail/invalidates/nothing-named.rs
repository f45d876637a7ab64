#![allow(unused_variables)]
#[cache_runtime::invalidates()]
pub async fn rename_user(id: u64) {}

fn main() {}
