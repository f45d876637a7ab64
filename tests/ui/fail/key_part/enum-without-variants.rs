#[derive(cache_runtime::KeyPart)]
enum Never {}

fn main() {}
