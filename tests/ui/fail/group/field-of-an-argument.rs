use cache_runtime::cached;

struct Filter { author: u64, page: u64 }

#[cached(key = "posts:<filter.author>:<filter.page>", ttl = "1h", group(filter.author))]
async fn posts(filter: &Filter) -> u64 { filter.author + filter.page }

fn main() {}
