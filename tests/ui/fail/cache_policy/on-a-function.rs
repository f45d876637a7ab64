use cache_runtime::cache_policy;

#[cache_policy]
async fn get(id: u64) -> u64 { id }

fn main() {}
