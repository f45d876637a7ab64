//! Who waits for something to happen to a key in the remote tier.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::key::Key;
use crate::timer::within;

#[derive(Default)]
pub(super) struct Arrivals(Mutex<HashMap<Key, Arc<Notify>>>);

impl Arrivals {
    pub(super) fn wait(&self, key: &Key) -> Arrival<'_> {
        let notify = Arc::clone(self.0.lock().entry(key.clone()).or_default());
        Arrival { arrivals: self, key: key.clone(), notify }
    }

    pub(super) fn arrived(&self, key: &Key) {
        if let Some(notify) = self.0.lock().get(key) {
            notify.notify_waiters();
        }
    }
}

/// A wait for the next change of a key; made before the look that finds that there is something to wait for.
pub(crate) struct Arrival<'a> {
    arrivals: &'a Arrivals,
    key: Key,
    notify: Arc<Notify>,
}

impl Arrival<'_> {
    /// Waits for the change, for at most `limit`. A change between the look and the call of this is missed: hence the
    /// limit, after which the caller looks again.
    pub(crate) async fn wait(&self, limit: Duration) {
        within(limit, self.notify.notified()).await;
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        let mut waiting = self.arrivals.0.lock();
        // Two references: the table's and this one's.
        if Arc::strong_count(&self.notify) == 2 {
            waiting.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_woken_and_nobody_is_remembered_after() {
        let arrivals = Arrivals::default();
        let key = Key::new(b"a").unwrap();
        let (one, two) = (arrivals.wait(&key), arrivals.wait(&key));
        let long = Duration::from_secs(60);
        tokio::join!(one.wait(long), two.wait(long), async { arrivals.arrived(&key) });
        drop((one, two));
        assert!(arrivals.0.lock().is_empty());
    }
}
