use cache_runtime::cached;

struct Filter { page: u32 }
#[cached(key = "posts:<filter.pgae>", ttl = "1h", skip(filter.*))]
async fn posts(filter: &Filter) -> u32 {
    filter.page
}

fn main() {}
