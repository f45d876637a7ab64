pub struct Posts;
#[cache_runtime::cache_policy(skip(self))]
impl Posts {
    #[cached(key = "posts:<user>:<page>", ttl = "1h", group(page))]
    pub async fn list(&self, user: u64, page: u32) -> u64 {
        user + u64::from(page)
    }
    #[invalidates(self.list(7, _), Self::list(_, _))]
    pub async fn add(&self) {}
}
fn main() {}
