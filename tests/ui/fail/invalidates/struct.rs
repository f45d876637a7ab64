#[cache_runtime::invalidates(tags = ["user"])]
pub struct User;

fn main() {}
