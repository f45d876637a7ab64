#![allow(unused_variables)]
#[cache_runtime::invalidates(tags = ["user"], only_ok)]
pub async fn rename_user(id: u64) {}

fn main() {}
