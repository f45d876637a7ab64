use cache_runtime::cached;

struct Filter { page: u32, lang: String }
#[cached(key = "posts:<filter.pgae>:<filter.lang>", ttl = "1h")]
async fn posts(filter: &Filter) -> u32 {
    filter.page
}

fn main() {}
