#[derive(cache_runtime::KeyPart)]
union Id {
    number: u64,
}

fn main() {}
