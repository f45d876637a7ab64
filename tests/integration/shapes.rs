//! The eight shapes of a result, and the aliases behind which they hide.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_runtime::{Ambient, cached, entry, testing, traced};

/// Answers with a number that is never the same, with nothing for 0, and with an error for 9.
#[derive(Debug, Default)]
struct Source(AtomicU64);

impl Ambient for Source {}

#[derive(Debug, PartialEq, Eq)]
struct Down;

type Loaded<T> = Result<T, Down>;
type Maybe<T> = Option<T>;
type Row = Result<Option<u64>, Down>;
type Anything<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Source {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn option(&self, id: u64) -> Option<u64> {
        let next = self.next();
        (id != 0).then_some(next)
    }

    fn result(&self, id: u64) -> Result<u64, Down> {
        let next = self.next();
        if id == 9 { Err(Down) } else { Ok(next) }
    }

    fn both(&self, id: u64) -> Result<Option<u64>, Down> {
        let next = self.result(id)?;
        Ok((id != 0).then_some(next))
    }
}

macro_rules! shapes {
    ($($name:ident: $key:literal, $returns:ty, |$source:ident, $id:ident| $body:expr;)*) => {$(
        #[cached(key = $key, ttl = "1h")]
        async fn $name($source: &Source, $id: u64) -> $returns {
            $body
        }
    )*};
}

shapes! {
    bare: "bare:<id>", u64, |source, id| source.next();
    bare_shared: "bare_shared:<id>", Arc<u64>, |source, id| Arc::new(source.next());
    option: "option:<id>", Option<u64>, |source, id| source.option(id);
    option_shared: "option_shared:<id>", Option<Arc<u64>>, |source, id| source.option(id).map(Arc::new);
    result: "result:<id>", Result<u64, Down>, |source, id| source.result(id);
    result_shared: "result_shared:<id>", Result<Arc<u64>, Down>, |source, id| source.result(id).map(Arc::new);
    both: "both:<id>", Result<Option<u64>, Down>, |source, id| source.both(id);
    both_shared: "both_shared:<id>", Result<Option<Arc<u64>>, Down>, |source, id| Ok(source.both(id)?.map(Arc::new));
    alias: "alias:<id>", Loaded<u64>, |source, id| source.result(id);
    alias_both: "alias_both:<id>", Loaded<Maybe<Arc<u64>>>, |source, id| Ok(source.both(id)?.map(Arc::new));
    alias_row: "alias_row:<id>", Row, |source, id| source.both(id);
    alias_boxed: "alias_boxed:<id>", Anything<u64>, |source, id| Ok(source.result(id).map_err(|_| "down")?);
}

/// What two calls in a row come to: both answers, and what the cache did for the second.
async fn twice<R>(call: impl AsyncFn() -> R) -> (R, R, String, &'static str) {
    let (first, outcome) = traced(call()).await;
    assert!(outcome.is_miss(), "{outcome}");
    let (second, outcome) = traced(call()).await;
    (first, second, outcome.to_string(), outcome.reason())
}

async fn is_hit<R: PartialEq + Debug>(call: impl AsyncFn() -> R, expected: R) {
    let (first, second, outcome, _) = twice(call).await;
    assert_eq!((&first, &second), (&expected, &expected));
    assert_eq!(outcome, "hit");
}

async fn is_negative_hit<R: PartialEq + Debug>(call: impl AsyncFn() -> R, expected: R) {
    let (first, second, _, reason) = twice(call).await;
    assert_eq!((&first, &second), (&expected, &expected));
    assert_eq!(reason, "fresh `None` in the local tier");
}

async fn is_never_cached<R>(call: impl AsyncFn() -> R, failed: impl Fn(&R) -> bool) {
    let (first, second, outcome, reason) = twice(call).await;
    assert!(failed(&first) && failed(&second));
    assert_eq!(outcome, "miss");
    assert_eq!(reason, "the load returned an error, which is never stored");
}

#[tokio::test]
async fn a_value_of_every_shape_is_loaded_once_and_then_hit() {
    let _cache = testing::isolate();
    let source = &Source::default();
    is_hit(async || bare(source, 1).await, 1).await;
    is_hit(async || bare_shared(source, 1).await, Arc::new(2)).await;
    is_hit(async || option(source, 1).await, Some(3)).await;
    is_hit(async || option_shared(source, 1).await, Some(Arc::new(4))).await;
    is_hit(async || result(source, 1).await, Ok(5)).await;
    is_hit(async || result_shared(source, 1).await, Ok(Arc::new(6))).await;
    is_hit(async || both(source, 1).await, Ok(Some(7))).await;
    is_hit(async || both_shared(source, 1).await, Ok(Some(Arc::new(8)))).await;
    is_hit(async || alias(source, 1).await, Ok(9)).await;
    is_hit(async || alias_both(source, 1).await, Ok(Some(Arc::new(10)))).await;
    is_hit(async || alias_row(source, 1).await, Ok(Some(11))).await;
    is_hit(async || alias_boxed(source, 1).await.ok(), Some(12)).await;
}

#[tokio::test]
async fn a_none_of_every_shape_that_has_one_is_a_negative_hit() {
    let _cache = testing::isolate();
    let source = &Source::default();
    is_negative_hit(async || option(source, 0).await, None).await;
    is_negative_hit(async || option_shared(source, 0).await, None).await;
    is_negative_hit(async || both(source, 0).await, Ok(None)).await;
    is_negative_hit(async || both_shared(source, 0).await, Ok(None)).await;
    is_negative_hit(async || alias_both(source, 0).await, Ok(None)).await;
    is_negative_hit(async || alias_row(source, 0).await, Ok(None)).await;
}

#[tokio::test]
async fn an_error_of_every_shape_that_has_one_is_never_cached() {
    let _cache = testing::isolate();
    let source = &Source::default();
    is_never_cached(async || result(source, 9).await, Result::is_err).await;
    is_never_cached(async || result_shared(source, 9).await, Result::is_err).await;
    is_never_cached(async || both(source, 9).await, Result::is_err).await;
    is_never_cached(async || both_shared(source, 9).await, Result::is_err).await;
    is_never_cached(async || alias(source, 9).await, Result::is_err).await;
    is_never_cached(async || alias_both(source, 9).await, Result::is_err).await;
    is_never_cached(async || alias_row(source, 9).await, Result::is_err).await;
    is_never_cached(async || alias_boxed(source, 9).await, Result::is_err).await;
}

#[tokio::test]
async fn hits_of_an_arc_share_one_value() {
    let _cache = testing::isolate();
    let source = Source::default();
    bare_shared(&source, 1).await;
    let (one, two) = (bare_shared(&source, 1).await, bare_shared(&source, 1).await);
    assert!(Arc::ptr_eq(&one, &two));
}

#[tokio::test]
async fn an_entry_has_the_type_that_is_cached_without_its_result() {
    let cache = testing::isolate();
    let source = Source::default();
    both_shared(&source, 0).await.expect("not 9");
    let none: Option<Option<Arc<u64>>> = cache.peek(entry!(both_shared(0))).await;
    assert_eq!(none, Some(None));
    cache.put(entry!(alias_row(1)), Some(77)).await.expect("a number can be stored");
    assert_eq!(alias_row(&source, 1).await, Ok(Some(77)));
    cache.put(entry!(result_shared(1)), Arc::new(78)).await.expect("a number can be stored");
    assert_eq!(result_shared(&source, 1).await, Ok(Arc::new(78)));
}

mod not_cloned {
    use super::*;

    /// What cannot be cloned: a connection, a compiled template.
    #[derive(Debug)]
    pub(super) struct Handle(pub(super) u64);

    #[cached(key = "handle:<id>", ttl = "1h", tier = "local")]
    pub(super) async fn bare(source: &Source, id: u64) -> Arc<Handle> {
        Arc::new(Handle(source.next() + id))
    }

    #[cached(key = "handle-both:<id>", ttl = "1h", tier = "local")]
    pub(super) async fn both(source: &Source, id: u64) -> Loaded<Option<Arc<Handle>>> {
        Ok(source.both(id)?.map(|next| Arc::new(Handle(next))))
    }

    #[cached(key = "handle:<id>", ttl = "1h", tier = "local", strategy = "write_through")]
    pub(super) async fn replace(id: u64, handle: Arc<Handle>) {
        let _ = (id, handle);
    }
}

#[tokio::test]
async fn what_stays_in_this_process_in_an_arc_need_not_be_cloned() {
    let cache = testing::isolate();
    let source = Source::default();
    let first = not_cloned::bare(&source, 1).await;
    assert!(Arc::ptr_eq(&first, &not_cloned::bare(&source, 1).await));
    let handle = Arc::new(not_cloned::Handle(77));
    not_cloned::replace(1, Arc::clone(&handle)).await;
    assert!(Arc::ptr_eq(&handle, &not_cloned::bare(&source, 1).await));
    cache.put(entry!(not_cloned::bare(1)), first).await.expect("a handle can be stored");
    let peeked = cache.peek(entry!(not_cloned::bare(1))).await;
    assert_eq!(peeked.map(|handle| handle.0), Some(2));

    assert!(not_cloned::both(&source, 0).await.is_ok_and(|handle| handle.is_none()));
    let loads = source.0.load(Ordering::SeqCst);
    assert!(not_cloned::both(&source, 0).await.is_ok_and(|handle| handle.is_none()));
    assert_eq!(source.0.load(Ordering::SeqCst), loads);
}
