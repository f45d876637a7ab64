//! Gates: loads, and answers of a store, that wait for the test.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

/// A gate for loaders: the test sees how many loads have arrived, and lets them go on.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use cache_runtime::testing::Gate;
///
/// let gate = Gate::new();
/// let load = async {
///     gate.pass().await;
///     7
/// };
/// let test = async {
///     gate.arrived(1).await;
///     gate.open();
/// };
/// assert_eq!(tokio::join!(load, test).0, 7);
/// # });
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "barrier")]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    arrived: watch::Sender<usize>,
    passes: Semaphore,
}

impl Gate {
    /// Makes a closed gate.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a gate is closed or open; `default` would not say which"
    )]
    pub fn new() -> Self {
        Self(Arc::new(Shared { arrived: watch::Sender::new(0), passes: Semaphore::new(0) }))
    }

    /// Arrives at the gate, and waits until it opens. Called by the loader.
    pub async fn pass(&self) {
        self.0.arrived.send_modify(|arrived| *arrived += 1);
        if let Ok(pass) = self.0.passes.acquire().await {
            pass.forget();
        }
    }

    /// Waits until so many loads have arrived since the gate was made.
    pub async fn arrived(&self, loads: usize) {
        let mut arrived = self.0.arrived.subscribe();
        // Fails only if the sender is gone, which this gate holds.
        let _ = arrived.wait_for(|arrived| *arrived >= loads).await;
    }

    /// The number of loads that have arrived since the gate was made.
    #[must_use]
    pub fn arrivals(&self) -> usize {
        *self.0.arrived.borrow()
    }

    /// Lets one load through: the next in line, or the next to arrive.
    pub fn let_one_through(&self) {
        self.0.passes.add_permits(1);
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.0.passes.close();
    }
}
