//! Every option, on every kind of function; the body is compiled as without the attribute.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc)]

use std::num::ParseIntError;

use cache_runtime::{Ambient, cached, invalidates};

pub struct User {
    id: u64,
    name: String,
}

pub struct Db;
impl Ambient for Db {}

#[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
pub async fn get_user(id: u64) -> Option<String> {
    (id > 0).then(String::new)
}

#[cached(key = "name:<name>", ttl = "1h")]
pub async fn by_name(name: &str) -> u64 {
    name.len() as u64
}

const KIND: u8 = 1;

#[invalidates(get_user(id), tags = ["user", "user:<id>:<name>", "kind:<KIND>", "of:<owner.id>"])]
pub async fn rename(_db: &Db, id: u64, name: &str, owner: &User) -> Result<u64, ParseIntError> {
    let parsed = name.parse::<u64>()?;
    if parsed == owner.id {
        return Ok(id);
    }
    Ok(parsed)
}

#[invalidates(get_user(id), only_ok, guard = "10s", hold = "500ms")]
pub async fn all_options(id: u64) -> Result<(), std::fmt::Error> {
    Ok(())
}

#[invalidates(get_user(id), guard = "off")]
pub async fn unguarded(id: u64) {}

#[invalidates(get_user(id), guard = "required")]
pub async fn required(id: u64) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err(std::fmt::Error)?;
    Ok(())
}

#[invalidates(
    |user| get_user(user.id),
    |user: &User| [get_user(user.id), by_name(&user.name)],
    |User { id, .. }| { get_user(id) },
    |User { id, .. }: &User| { get_user(id) },
    |_| get_user(id),
    tags = ["user"]
)]
pub async fn add(id: u64, name: String) -> Result<User, std::fmt::Error> {
    Ok(User { id, name })
}

#[invalidates(|id| get_user(*id))]
pub async fn without_result() -> u64 {
    7
}

#[invalidates(get_user(id))]
pub fn future(id: u64) -> impl Future<Output = Result<u64, ParseIntError>> + Send {
    async move { "7".parse().map(|number: u64| number + id) }
}

#[invalidates(get_user(*id))]
pub async fn unnamed(id: &u64) -> Result<impl Iterator<Item = u64>, std::fmt::Error> {
    Ok(std::iter::once(*id))
}

/// Documented.
#[invalidates(get_user(1))]
#[must_use = "it is the sum"]
pub async fn moved(list: Vec<u64>, mut sum: u64) -> u64 {
    for number in list {
        sum += number;
    }
    sum
}

#[invalidates(get_user(id))]
#[cached(key = "inside:<id>", ttl = "1h")]
pub async fn cached_inside(id: u64) -> u64 {
    id
}

#[cached(key = "outside:<id>", ttl = "1h")]
#[invalidates(get_user(id))]
pub async fn cached_outside(id: u64) -> u64 {
    id
}

#[tracing::instrument]
#[invalidates(get_user(id))]
pub async fn traced(id: u64) {}

#[invalidates(get_user(id))]
pub async fn generic<'a, T>(id: u64, value: &'a T) -> &'a T
where
    T: Clone + Sync,
{
    value
}

mod renamed {
    use cache_runtime as runtime;

    #[runtime::invalidates(super::get_user(1), crate = runtime)]
    pub async fn changes() {}
}

mod without_prelude {
    #![no_implicit_prelude]

    #[::cache_runtime::invalidates(super::get_user(1), |id| super::get_user(*id), only_ok)]
    pub async fn changes() -> ::std::result::Result<u64, ::std::string::String> {
        ::std::result::Result::Ok(7)
    }
}

fn is_send(_: impl Send) {}

fn main() {
    is_send(add(1, String::new()));
    is_send(required(1));
    is_send(generic(1, &1));
    is_send((renamed::changes(), without_prelude::changes()));
}
