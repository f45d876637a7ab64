struct Repo;
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
trait Users {
    #[cached(key = "user:<team>:<id>", group(team))]
    async fn get(&self, team: u64, id: u64) -> u64;
}
#[cache_runtime::cache_policy(ttl = "1h", skip(self))]
impl Users for Repo {
    #[cached(key = "user:<team>:<id>")]
    async fn get(&self, team: u64, id: u64) -> u64 { team + id }
}
fn main() {}
