use cache_runtime::cached;

struct Filter { page: u32, lang: String }
#[cached(key = "posts:<filter.digest()>", ttl = "1h", skip(filter.lang))]
async fn posts(filter: &Filter) -> u32 {
    filter.page
}

fn main() {}
