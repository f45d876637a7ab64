use cache_runtime::entry;

pub async fn get_user(id: u64) -> u64 {
    id
}

fn main() {
    let _ = entry!(get_user(7));
}
