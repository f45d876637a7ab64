use cache_runtime::cached;

mod search {
    pub struct Filter { pub page: u32, lang: String }
}
#[cached(key = "posts:<filter.page>", ttl = "1h")]
async fn posts(filter: &search::Filter) -> u32 {
    filter.page
}

fn main() {}
