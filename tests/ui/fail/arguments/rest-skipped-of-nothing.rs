use cache_runtime::cached;

struct Filter { page: u32 }
#[cached(key = "user:<id>", ttl = "1h", skip(filter.*))]
async fn get_user(filter: &Filter, id: u64) -> u64 {
    id + u64::from(filter.page)
}

fn main() {}
