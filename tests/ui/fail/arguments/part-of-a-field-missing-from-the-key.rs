use cache_runtime::cached;

struct Range { from: u32, to: u32 }
struct Filter { range: Range, lang: String }
#[cached(key = "posts:<filter.range.from>", ttl = "1h", skip(filter.lang))]
async fn posts(filter: &Filter) -> u32 {
    filter.range.from
}

fn main() {}
