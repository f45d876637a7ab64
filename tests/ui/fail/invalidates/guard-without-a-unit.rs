#![allow(unused_variables)]
#[cache_runtime::invalidates(tags = ["user"], guard = "10")]
pub async fn rename_user(id: u64) {}

fn main() {}
