use cache_runtime::cached;

enum Sort { By(u32) }
#[cached(key = "posts:<sort.0>", ttl = "1h")]
async fn posts(sort: Sort) -> bool {
    matches!(sort, Sort::By(_))
}

fn main() {}
