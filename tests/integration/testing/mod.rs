//! The kit for tests of a user's own policies: nodes, clocks, stores that fail, assertions.

mod assertions;
mod chapter;
mod clock;
mod faulty;
mod lies;
mod nodes;
mod reports;

use std::time::Duration;

use cache_runtime::{Outcome, cached, invalidates, traced};

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_mins(1);

#[cached(key = "kit:<id>", ttl = "1m", tags = ["kit"], skip(value))]
async fn get(id: u64, value: u64) -> u64 {
    value
}

#[invalidates(get(id))]
async fn change(id: u64) -> Result<(), String> {
    let _ = id;
    Ok(())
}

/// What a call became, as `x-cache` has it, and why.
async fn outcome<T>(call: impl Future<Output = T>) -> Outcome {
    traced(call).await.1
}
