use cache_runtime::KeyPart;

#[derive(KeyPart)]
struct Page {
    number: u32,
    #[key_part(skip)]
    sort: u8,
}

fn main() {}
