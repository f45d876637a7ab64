#[derive(cache_runtime::KeyPart)]
struct Price {
    amount: f64,
    currency: String,
}

fn main() {}
