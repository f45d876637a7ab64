//! What a load in the background owns, and the options by which there is one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_runtime::{
    Ambient, Freshness, Policy, Strategy, cache_policy, cached, policies, testing,
};

use super::{HIT, Loads, STORED, reason};

/// Counts its copies.
#[derive(Debug, Default)]
struct Handle(Arc<AtomicU64>);

impl Ambient for Handle {}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(&self.0))
    }
}

impl Handle {
    fn copies(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    #[cached(key = "background_method:<name>", ttl = "1h", strategy = "read_through")]
    async fn method(&self, name: &str) -> String {
        format!("{name} {}", self.copies())
    }

    #[cached(key = "background_key:<self.copies()>", ttl = "1h", strategy = "read_through")]
    async fn not_used(&self) -> u64 {
        7
    }
}

#[cached(
    key = "background_all:<id>",
    ttl = "1h",
    refresh_ahead = 0.666_6,
    stale_while_revalidate = "5m",
    patience = "100ms",
    stale_if_error = "1d",
    hard_timeout = "2s"
)]
async fn all(handle: &Handle, id: u64) -> Result<u64, cache_runtime::Error> {
    Ok(id + handle.copies())
}

#[cached(key = "background_sliding:<id>", ttl = "1h", sliding = "12h")]
async fn sliding(loads: &Loads, id: u64) -> u64 {
    loads.next() + id
}

#[cached(key = "background_ahead:<id>", ttl = "1h", strategy = "refresh_ahead")]
async fn ahead(id: u64) -> u64 {
    id
}

#[cached(key = "background_stale:<id>", ttl = "1h", strategy = "stale_while_revalidate")]
async fn stale(id: u64) -> u64 {
    id
}

#[cached(
    key = "background_closures:<name>",
    ttl = |value: &usize| Duration::from_secs((*value + name.len()) as u64),
    store_if = |value| *value == name.len() && handle.copies() > 0,
    strategy = "read_through"
)]
async fn closures(handle: &Handle, name: &str) -> usize {
    let _ = handle;
    name.len()
}

#[cached(key = "background_parts:<a>:<b>:<rest>", ttl = "1h", strategy = "read_through")]
async fn parts((a, b): &(u64, String), mut rest: &str) -> String
where
    Handle: Ambient,
{
    while let Some(shorter) = rest.strip_prefix('x') {
        rest = shorter;
    }
    format!("{a}{b}{rest}")
}

struct Users;

#[cache_policy(
    ttl = "1h",
    refresh_ahead = 0.5,
    stale_if_error = "1h",
    hard_timeout = "1s",
    patience = "100ms"
)]
impl Users {
    #[cached(key = "background_shared:<id>", sliding = "2h", hard_timeout = "3s")]
    async fn shared(id: u64) -> Result<u64, cache_runtime::Error> {
        Ok(id)
    }

    #[cached(key = "background_written:<id>", strategy = "write_through", value = return)]
    async fn written(id: u64) -> Result<u64, cache_runtime::Error> {
        Ok(id)
    }
}

fn policy(key: &str) -> Policy {
    let policy = policies().into_iter().find(|policy| policy.key == key);
    *policy.expect("it is linked into this program")
}

fn freshness(key: &str) -> Freshness {
    policy(key).freshness
}

#[tokio::test]
async fn a_hit_copies_nothing_and_a_miss_copies_once() {
    let _cache = testing::isolate();
    let handle = Handle::default();
    assert_eq!(reason(all(&handle, 1)).await, STORED);
    assert_eq!(handle.copies(), 1);
    assert_eq!(reason(all(&handle, 1)).await, HIT);
    assert_eq!(handle.copies(), 1);
    assert_eq!(handle.method("Ada").await, "Ada 2");
    assert_eq!(handle.method("Ada").await, "Ada 2");
    assert_eq!(handle.copies(), 2);
}

#[tokio::test]
async fn what_the_body_does_not_use_is_not_copied() {
    let _cache = testing::isolate();
    let handle = Handle::default();
    assert_eq!((handle.not_used().await, handle.copies()), (7, 0));
}

#[tokio::test]
async fn the_body_has_its_arguments_as_they_were() {
    let _cache = testing::isolate();
    assert_eq!(parts(&(1, "b".to_owned()), "xxy").await, "1by");
}

#[tokio::test]
async fn closures_use_what_was_borrowed() {
    let cache = testing::isolate();
    let handle = Handle::default();
    assert_eq!(reason(closures(&handle, "four")).await, STORED);
    cache.clock().advance(Duration::from_secs(7));
    assert_eq!(reason(closures(&handle, "four")).await, HIT);
    cache.clock().advance(Duration::from_secs(1));
    assert_eq!(reason(closures(&handle, "four")).await, STORED);
}

#[test]
fn a_policy_has_its_freshness_from_the_attribute() {
    let all = freshness("background_all:<id>");
    assert_eq!(all.refresh_ahead(), Some(667));
    assert_eq!(all.stale_while_revalidate(), Duration::from_mins(5));
    assert_eq!(all.patience(), Duration::from_millis(100));
    assert_eq!(all.stale_if_error(), Duration::from_hours(24));
    assert_eq!((all.hard_timeout(), all.sliding()), (Some(Duration::from_secs(2)), None));
    assert_eq!(freshness("background_sliding:<id>").sliding(), Some(Duration::from_hours(12)));
    assert_eq!(policy("background_ahead:<id>").strategy, Strategy::RefreshAhead);
    assert_eq!(policy("background_stale:<id>").strategy, Strategy::StaleWhileRevalidate);
    assert_eq!(policy("background_method:<name>").strategy, Strategy::ReadThrough);
}

#[tokio::test]
async fn methods_have_the_freshness_of_their_block_unless_they_say_otherwise() {
    let _cache = testing::isolate();
    let shared = freshness("background_shared:<id>");
    // each hit renews the ttl, so that no share of it passes
    assert_eq!((shared.refresh_ahead(), shared.sliding()), (None, Some(Duration::from_hours(2))));
    assert_eq!(shared.hard_timeout(), Some(Duration::from_secs(3)));
    assert_eq!(shared.stale_if_error(), Duration::from_hours(1));
    let written = freshness("background_written:<id>");
    assert_eq!(
        (written.refresh_ahead(), written.stale_if_error()),
        (Some(500), shared.stale_if_error())
    );
    assert_eq!((Users::shared(1).await.ok(), Users::written(1).await.ok()), (Some(1), Some(1)));
    assert_eq!((ahead(1).await, stale(1).await, sliding(&Loads::default(), 1).await), (1, 1, 2));
}
