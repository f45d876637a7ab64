//! A watcher that writes down what it is told.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use cache_runtime::store::{Key, Tag, Token, Watch};

#[derive(Debug, Default)]
pub(super) struct Watcher(Mutex<Vec<String>>);

impl Watcher {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().expect("nobody fails while it is held").push(what.into());
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.0.lock().expect("nobody fails while it is held").clone()
    }

    pub(super) fn count(&self, what: &str) -> usize {
        self.told().iter().filter(|told| *told == what).count()
    }

    /// Waits until it was told something so often.
    pub(super) async fn until(&self, what: &str, count: usize) {
        let start = Instant::now();
        while self.count(what) < count {
            assert!(start.elapsed() < Duration::from_secs(30), "{what}: {:?}", self.told());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Watch for Watcher {
    fn restored(&self) {
        self.note("restored");
    }

    fn changed(&self, key: &Key) {
        self.note(format!("changed {}", String::from_utf8_lossy(key.as_bytes())));
    }

    fn announced(&self, key: &Key, _: Token) {
        self.note(format!("announced {}", String::from_utf8_lossy(key.as_bytes())));
    }

    fn bumped(&self, tag: &Tag) {
        self.note(format!("bumped {}", String::from_utf8_lossy(tag.as_bytes())));
    }

    fn cleared(&self) {
        self.note("cleared");
    }

    fn lost(&self) {
        self.note("lost");
    }
}
