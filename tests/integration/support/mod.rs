//! What several integration tests need.

pub(crate) mod fleet;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod naive;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod rows;
pub(crate) mod server;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod subject;
pub(crate) mod users;

/// Lets other tasks run until something is so.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "in vain: {what}");
        tokio::task::yield_now().await;
    }
}

/// Lets other tasks run as far as they can, on a runtime of one thread.
pub(crate) async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Polls a future once.
pub(crate) async fn poll_once<F: Future + ?Sized>(
    mut future: std::pin::Pin<&mut F>,
) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// The output of a future that does not wait.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("the future waits"),
    }
}

/// The counters of a policy of these tests that was used.
pub(crate) fn counters(
    cache: &cache_runtime::Cache,
    policy: &str,
) -> cache_runtime::PolicySnapshot {
    let policies = cache.snapshot().policies;
    let mut ours = policies.into_iter().filter(|counted| counted.module.starts_with("integration"));
    ours.find(|counted| counted.name == policy).unwrap_or_else(|| panic!("`{policy}` was not used"))
}

/// A millisecond less.
pub(crate) fn just_before(end: std::time::Duration) -> std::time::Duration {
    end.saturating_sub(std::time::Duration::from_millis(1))
}
