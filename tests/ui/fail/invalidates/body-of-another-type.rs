#[cache_runtime::invalidates(tags = ["user"])]
pub async fn rename_user(id: u64) -> u8 {
    "7".parse::<u16>().unwrap()
}

fn main() {}
