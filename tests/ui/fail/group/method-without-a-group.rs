use cache_runtime::{cached, invalidates};
pub struct Posts;
impl Posts {
    #[cached(key = "posts:<user>:<page>", ttl = "1h", skip(self))]
    pub async fn list(&self, user: u64, page: u32) -> u64 {
        user + u64::from(page)
    }
    #[invalidates(self.list(7, _))]
    pub async fn add(&self) {}
}
fn main() {}
