struct Users;

impl Users {
    async fn get(id: u64) -> u64 {
        id
    }

    #[cache_runtime::invalidates(Self::get(id))]
    async fn rename(id: u64) {}
}

fn main() {}
