#[derive(cache_runtime::KeyPart)]
#[key_part(crat = other)]
struct Id(u64);

fn main() {}
