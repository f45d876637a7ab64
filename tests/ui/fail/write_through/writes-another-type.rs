#![allow(unused_variables)]
#[cache_runtime::cached(key = "name:<id>", ttl = "1h", group())]
async fn name(id: u64) -> String {
    String::new()
}

#[cache_runtime::cached(strategy = "write_through", writes = name(id))]
async fn rename(id: u64, name: Vec<u8>) -> Vec<u8> { name }

fn main() {}
