use cache_runtime::cached;

#[cached(key = "user:<id>", ttl = "1h", skip(names))]
async fn name<'a>(id: u64, names: &'a [String]) -> Option<&'a str> {
    names.first().filter(|_| id > 0).map(String::as_str)
}

fn main() {}
