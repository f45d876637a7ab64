#[derive(cache_runtime::KeyPart)]
struct Everyone;

fn main() {}
