use cache_runtime::cached;

pub struct Query<T>(pub T);
pub struct Filter { pub tag: String, pub page: u32 }

#[cached(key = "posts:<query.tag>:<query.page>", ttl = "1h", tags = ["tag:<query.tag>"])]
async fn posts(query: Query<Filter>) -> String {
    format!("{}{}", query.0.tag, query.0.page)
}

fn main() {}
