struct Users;

impl Users {
    async fn get(&self, id: u64) -> u64 {
        id
    }

    #[cache_runtime::invalidates(self.get(id))]
    async fn rename(&self, id: u64) {}
}

fn main() {}
