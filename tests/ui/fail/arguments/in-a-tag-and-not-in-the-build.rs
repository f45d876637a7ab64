use cache_runtime::invalidates;

#[invalidates(tags = ["user:<id>"])]
async fn rename(#[cfg(target_os = "none")] id: u64) {}

fn main() {}
