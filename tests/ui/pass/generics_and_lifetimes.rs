//! Type parameters, `impl Trait`, lifetimes, `where` and patterns are those of the function.
#![deny(warnings, clippy::pedantic)]

use std::borrow::Cow;
use std::fmt::Display;

use cache_runtime::{Ambient, KeyPart, cached};

struct Path<T>(T);

struct Page<'a> {
    lang: &'a str,
    number: u32,
}

const SHARD: u32 = 7;

#[cached(key = "generic:<item>", ttl = "1h", skip(T))]
async fn generic<T>(item: T) -> String
where
    T: KeyPart + Display,
{
    item.to_string()
}

trait Table: KeyPart {
    const NAME: &'static str;
}

impl Table for u64 {
    const NAME: &'static str = "numbers";
}

#[cached(key = "title:<T::NAME>:<id>", ttl = "1h")]
async fn title<T: Table>(id: T) -> String {
    let _ = id;
    T::NAME.to_owned()
}

trait Database: Ambient {
    type Row: Send;
    type Error: Send + 'static;
}

struct Postgres;

impl Ambient for Postgres {}
impl Database for Postgres {
    type Row = ();
    type Error = ();
}

/// What is only a handle is no part of a key, nor is its type.
#[cached(key = "handles:<id>", ttl = "1h", skip(load))]
async fn handles<D, L, F>(db: &D, load: L, _unused: Option<F>, id: u64) -> Result<u64, D::Error>
where
    D: Database<Row = F>,
    L: Fn(u64) -> F,
{
    let _ = (db, load(id));
    Ok(id)
}

#[cached(key = "implied:<item>", ttl = "1h")]
async fn implied(item: impl KeyPart + Display) -> String {
    item.to_string()
}

#[cached(key = "borrowed:<name.as_ref()>", ttl = "1h")]
async fn borrowed(name: impl AsRef<str>) -> usize {
    name.as_ref().len()
}

#[cached(key = "wrapped:<id>:<other>", ttl = "1h")]
async fn wrapped(id: Option<impl KeyPart + Sync>, other: &impl KeyPart) -> bool {
    let _ = other;
    id.is_some()
}

#[cached(key = "lives:<a>:<b>", ttl = "1h")]
async fn lives<'a, 'b: 'a>(a: &'a str, b: &'b [u32]) -> usize {
    a.len() + b.len()
}

#[cached(key = "cow:<text>", ttl = "1h")]
async fn cow(text: Cow<'_, str>) -> String {
    text.into_owned()
}

#[cached(key = "constant:<SHARD>:<N>:<id>", ttl = "1h")]
async fn constant<const N: usize>(id: u64) -> [u8; 2] {
    let _ = id;
    [0, u8::try_from(N).unwrap_or(1)]
}

/// An array shows its length.
#[cached(key = "array:<ids>", ttl = "1h")]
async fn array<const N: usize>(ids: &[u64; N]) -> usize {
    ids.len()
}

#[cached(key = "path:<id>", ttl = "1h")]
async fn path(Path(id): Path<u64>) -> u64 {
    id
}

#[cached(key = "page:<page.lang>:<page.number>", ttl = "1h")]
async fn fields(page: &Page<'_>) -> u32 {
    page.number
}

#[cached(key = "mutable:<name>", ttl = "1h")]
async fn mutable(mut name: String) -> String {
    name.push('!');
    name
}

#[cached(key = "named:<text>:<page.lang>", ttl = "1h", skip(page.number))]
async fn named<'a>(text: Cow<'a, str>, page: Page<'a>) -> String {
    format!("{text}{}", page.lang)
}

#[cached(key = "parsed:<text>", ttl = "1h", skip(T, E))]
async fn parsed<T, E>(text: &str) -> Result<Vec<T>, E>
where
    T: std::str::FromStr<Err = E> + Clone + serde::Serialize + serde::de::DeserializeOwned,
    T: Send + Sync + 'static,
    E: Send + 'static,
{
    text.split(',').map(str::parse).collect()
}

#[cached(key = "boxed:<boxed.lang>:<boxed.number>", ttl = "1h")]
async fn boxed(boxed: Box<Page<'_>>) -> u32 {
    boxed.number
}

fn main() {
    let page = Page { lang: "en", number: 1 };
    drop(named("a".into(), page));
    drop((parsed::<u8, _>("1,2"), boxed(Box::new(Page { lang: "en", number: 1 }))));
    drop((generic(1), implied("a"), lives("a", &[1]), cow("a".into()), constant::<3>(1)));
    drop((array(&[1, 2]), title(1_u64), handles(&Postgres, |_| (), None, 1)));
    drop((borrowed("a"), wrapped(Some(1), &"b")));
    drop((path(Path(1)), mutable(String::new())));
    drop(fields(&Page { lang: "en", number: 1 }));
}
