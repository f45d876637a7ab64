use cache_runtime::cached;

pub struct Query<T>(pub T);
pub struct Filter { pub tag: String, pub page: u32 }

#[cached(key = "posts:<query.0.tag>", ttl = "1h", skip(query.page))]
async fn posts(query: Query<Filter>) -> String {
    query.0.tag
}

fn main() {}
