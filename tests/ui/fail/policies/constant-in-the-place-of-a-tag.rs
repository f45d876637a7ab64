cache_runtime::policies! { tags = ["user:<id>"] }

#[cache_runtime::cached(key = "name:<id>", ttl = "1h", tags = [user__ARG])]
async fn name(id: u64) -> u64 { id }

fn main() {}
