#![allow(unused_variables)]
#[cache_runtime::invalidates(tags = ["user"])]
pub fn rename_user(id: u64) {}

fn main() {}
