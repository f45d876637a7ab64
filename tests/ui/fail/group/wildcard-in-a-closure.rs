use cache_runtime::{cached, invalidates};

#[cached(key = "posts:<user>:<lang>:<page>", ttl = "1h", group(user))]
async fn get_posts(user: u64, lang: &str, page: u32) -> usize {
    user as usize + lang.len() + page as usize
}

#[invalidates(|post| get_posts(post.0, "en", _))]
async fn add_post() -> (u64, String) {
    (7, String::new())
}
fn main() {}
