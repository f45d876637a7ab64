use cache_runtime::cached;

struct Repo { tenant: u64, region: u64 }
impl Repo {
    #[cached(key = "user:<self.tenant>:<id>", ttl = "1h")]
    async fn get(&self, id: u64) -> u64 {
        self.tenant + self.region + id
    }
}

fn main() {}
