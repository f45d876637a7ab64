//! The future of an annotated function can be sent wherever that of the plain function can: to `tokio::spawn`, to a
//! handler, into a box, under `async_trait`. Whatever it returns, and also if its error can be neither sent nor shared.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::missing_errors_doc, clippy::unused_async, clippy::unnecessary_wraps)]
#![allow(clippy::wildcard_imports, clippy::type_complexity)]

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use cache_runtime::{bypass, cache_policy, cached, invalidates, refresh, traced, transaction};
use serde::{Deserialize, Serialize};

type Boxed = Box<dyn Error + Send + Sync>;
type BoxedSend = Box<dyn Error + Send>;
type Loaded<T> = Result<T, Boxed>;

trait Named: Send + Sync {}

struct Plain;

impl Named for Plain {}

#[derive(Clone, Serialize, Deserialize)]
struct Page<'a, T: Clone> {
    title: Cow<'a, str>,
    rest: Vec<T>,
}

mod shared_tier {
    use super::*;

    #[cached(key = "boxed:<id>", ttl = "1h")]
    pub async fn boxed(id: u64) -> Result<u64, Boxed> {
        Ok(id)
    }

    #[cached(key = "alias:<id>", ttl = "1h")]
    pub async fn alias(id: u64) -> Loaded<Option<Arc<String>>> {
        let id = id.checked_sub(1).ok_or("none")?;
        Ok(Some(Arc::new(id.to_string())))
    }

    #[cached(key = "not_shared:<id>", ttl = "1h")]
    pub async fn error_that_is_not_shared(id: u64) -> Result<u64, BoxedSend> {
        Ok(id)
    }

    #[cached(key = "not_sent:<id>", ttl = "1h", tags = ["sent:<id>"], store_if = |n: &u64| *n > 0)]
    pub async fn error_that_is_not_sent(id: u64) -> Result<u64, Box<dyn Error>> {
        Ok(id)
    }

    #[cached(key = "local_error:<id>", ttl = "1h")]
    pub async fn option_beside_such_an_error(id: u64) -> Result<Option<u64>, Rc<Cell<u8>>> {
        Ok(Some(id))
    }

    #[cached(key = "text:<id>", ttl = "1h")]
    pub async fn text_error(id: u64) -> Result<u64, &'static str> {
        Ok(id)
    }

    #[cached(key = "cow:<id>", ttl = "1h", strategy = "lock", store_if = |name| !name.is_empty())]
    pub async fn cow(id: u64) -> Cow<'static, str> {
        Cow::Owned(id.to_string())
    }

    #[cached(key = "cows:<id>", ttl = |cows: &Vec<Cow<'static, str>>| std::time::Duration::from_secs(cows.len() as u64))]
    pub async fn cows(id: u64) -> Result<Option<Vec<Cow<'static, str>>>, &'static str> {
        Ok(Some(vec![Cow::Owned(id.to_string())]))
    }

    #[cached(key = "page:<id>", ttl = "1h")]
    pub async fn page(id: u64) -> Result<Arc<Page<'static, Cow<'static, str>>>, Boxed> {
        Ok(Arc::new(Page { title: Cow::Borrowed("title"), rest: vec![id.to_string().into()] }))
    }

    #[cached(key = "generic:<id>", ttl = "1h")]
    pub async fn generic<E: From<Boxed>>(id: u64, _: PhantomData<fn() -> E>) -> Result<u64, E> {
        Ok(id)
    }

    #[cached(key = "as_a_future:<id>", ttl = "1h")]
    pub fn as_a_future(id: u64) -> impl Future<Output = Result<Cow<'static, str>, Boxed>> + Send {
        async move { Ok(Cow::Owned(id.to_string())) }
    }
}

mod this_process {
    use super::*;

    #[cached(key = "name:<id>", ttl = "1h", tier = "local")]
    pub async fn text(id: u64) -> &'static str {
        if id == 0 { "none" } else { "some" }
    }

    #[cached(key = "names:<id>", ttl = "1h", tier = "local", none_ttl = "1s")]
    pub async fn texts(id: u64) -> Result<Option<&'static [&'static str]>, Boxed> {
        Ok((id > 0).then_some(&["ada"]))
    }

    #[cached(key = "object:<id>", ttl = "1h", tier = "local")]
    pub async fn object(id: u64) -> Arc<dyn Named> {
        let _ = id;
        Arc::new(Plain)
    }

    #[cached(key = "objects:<id>", ttl = "1h", tier = "local")]
    pub async fn objects(id: u64) -> Result<Vec<Arc<dyn Named>>, Boxed> {
        let _ = id;
        Ok(vec![Arc::new(Plain)])
    }

    #[cached(key = "function:<id>", ttl = "1h", tier = "local")]
    pub async fn function(id: u64) -> Option<for<'a> fn(&'a str) -> &'a str> {
        (id > 0).then_some(str::trim)
    }

    #[cached(key = "closure:<id>", ttl = "1h", tier = "local")]
    pub async fn closure(id: u64) -> Result<Arc<dyn Fn(&str) -> usize + Send + Sync>, &'static str> {
        let base = usize::try_from(id).map_err(|_| "too large")?;
        Ok(Arc::new(move |text| base + text.len()))
    }
}

mod writes {
    use super::*;

    #[cached(key = "cow:<id>", ttl = "1h", strategy = "write_through")]
    pub async fn get(id: u64) -> Result<Cow<'static, str>, Boxed> {
        Ok(Cow::Owned(id.to_string()))
    }

    #[cached(key = "cow:<id>", ttl = "1h", strategy = "write_through")]
    pub async fn save(id: u64, text: Cow<'static, str>) -> Result<(), Boxed> {
        if id == 0 { Err(text.into()) } else { Ok(()) }
    }

    #[cached(key = "cow:<id>", ttl = "1h", strategy = "write_through", value = return, skip(text))]
    pub async fn replace(id: u64, text: &'static str) -> Result<Cow<'static, str>, &'static str> {
        if id == 0 { Err(text) } else { Ok(text.into()) }
    }

    #[cached(strategy = "write_through", writes = get(id), guard = "required")]
    pub async fn import(id: u64, text: Cow<'static, str>) -> Result<Cow<'static, str>, Boxed> {
        if id == 0 { Err(text.into()) } else { Ok(text) }
    }

    #[cached(key = "local:<id>", ttl = "1h", tier = "local", strategy = "write_through", value = return)]
    pub async fn local(id: u64) -> Result<Arc<dyn Named>, BoxedSend> {
        let _ = id;
        Ok(Arc::new(Plain))
    }

    #[invalidates(get(id), tags = ["cows:<id>"])]
    pub async fn boxed(id: u64) -> Result<u64, Boxed> {
        Ok(id)
    }

    #[invalidates(|id: &u64| get(*id), |id| get(id + 1))]
    pub async fn after(id: u64) -> Result<u64, BoxedSend> {
        Ok(id)
    }

    #[invalidates(get(id), |name: &&'static str| get(name.len() as u64), only_ok)]
    pub async fn text(id: u64) -> Result<&'static str, &'static str> {
        if id == 0 { Err("none") } else { Ok("some") }
    }

    #[invalidates(get(id), |_| get(id))]
    pub async fn object(id: u64) -> Box<dyn Fn(&str) -> usize + Send> {
        Box::new(move |text| text.len() + usize::from(id == 0))
    }
}

#[async_trait]
trait Names {
    async fn name(&self, id: u64) -> Loaded<Cow<'static, str>>;
    async fn rename(&self, id: u64) -> Loaded<Cow<'static, str>>;
}

struct Repo;

#[cache_policy]
#[async_trait]
impl Names for Repo {
    #[cached(key = "repo:<id>", ttl = "1h", skip(self))]
    async fn name(&self, id: u64) -> Loaded<Cow<'static, str>> {
        writes::get(id).await
    }

    #[invalidates(self.name(id))]
    async fn rename(&self, id: u64) -> Loaded<Cow<'static, str>> {
        writes::import(id, Cow::Borrowed("ada")).await?;
        self.name(id).await
    }
}

impl Repo {
    #[cached(key = "method:<id>", ttl = "1h", skip(self))]
    async fn method(&self, id: u64) -> Loaded<Cow<'static, str>> {
        self.name(id).await
    }
}

/// Demands what `tokio::spawn` demands.
fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) {
    drop(future);
}

/// Demands what a handler of axum's is: a function whose future can be sent.
fn handler<F, T>(_: F)
where
    F: FnOnce() -> T + Clone + Send + Sync + 'static,
    T: Future<Output: Send> + Send + 'static,
{
}

/// What other libraries wrap futures in.
fn boxed<'a, T: 'a>(
    future: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}

macro_rules! everywhere {
    ($($call:expr),* $(,)?) => {$(
        spawn(async {
            let _ = $call.await;
            let _ = boxed($call).await;
            let _ = bypass($call).await;
            let _ = traced(refresh($call)).await;
            let in_transaction = async {
                let _ = $call.await;
                Ok::<_, String>(())
            };
            let _ = transaction(in_transaction).await;
            std::future::ready(()).await;
        });
        handler(|| async {
            let _ = $call.await;
        });
    )*};
}

macro_rules! as_they_are {
    ($($call:expr),* $(,)?) => {$(spawn($call); handler(|| $call);)*};
}

fn main() {
    everywhere! {
        shared_tier::boxed(1),
        shared_tier::alias(1),
        shared_tier::error_that_is_not_shared(1),
        shared_tier::error_that_is_not_sent(1),
        shared_tier::option_beside_such_an_error(1),
        shared_tier::text_error(1),
        shared_tier::cow(1),
        shared_tier::cows(1),
        shared_tier::page(1),
        shared_tier::generic::<Boxed>(1, PhantomData),
        shared_tier::as_a_future(1),
        this_process::text(1),
        this_process::texts(1),
        this_process::object(1),
        this_process::objects(1),
        this_process::function(1),
        this_process::closure(1),
        writes::get(1),
        writes::save(1, Cow::Borrowed("ada")),
        writes::replace(1, "ada"),
        writes::import(1, Cow::Borrowed("ada")),
        writes::local(1),
        writes::boxed(1),
        writes::after(1),
        writes::text(1),
        writes::object(1),
        Repo.name(1),
        Repo.rename(1),
        Repo.method(1),
    }
    as_they_are! {
        shared_tier::boxed(1),
        shared_tier::alias(1),
        shared_tier::error_that_is_not_shared(1),
        shared_tier::text_error(1),
        shared_tier::cow(1),
        shared_tier::cows(1),
        shared_tier::page(1),
        shared_tier::as_a_future(1),
        this_process::text(1),
        this_process::objects(1),
        this_process::closure(1),
        writes::save(1, Cow::Borrowed("ada")),
        writes::replace(1, "ada"),
        writes::after(1),
        writes::object(1),
    }
}
