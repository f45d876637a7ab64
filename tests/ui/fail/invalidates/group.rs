#![allow(unused_variables)]
#[cache_runtime::invalidates(group = user)]
pub async fn rename_user(user: u64) {}

fn main() {}
