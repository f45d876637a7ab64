//! Requests within the time that their call has left.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::budget::Budget;
use super::tier::Remote;
use crate::error::{Error, Result};
use crate::timer::within;

impl Remote {
    /// Makes a request in the time that the call has left.
    pub(super) async fn spend<T>(
        &self,
        budget: &mut Budget,
        request: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if budget.spent.is_zero() && self.is_punctual {
            // The store's own deadline for a request is as long; a hit pays for no second timer.
            let start = Instant::now();
            let answer = request.await;
            budget.add(start.elapsed());
            return answer;
        }
        self.spend_on_many(budget, request).await
    }

    /// Makes several requests, one after the other, in the time that the call has left.
    pub(super) async fn spend_on_many<T>(
        &self,
        budget: &mut Budget,
        requests: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let answer = match self.budget.saturating_sub(budget.spent) {
            Duration::ZERO => Err(self.overdue("the call has spent its time on the remote tier")),
            left => within(left, requests).await.unwrap_or_else(|| {
                self.late.fetch_add(1, Ordering::Relaxed);
                Err(self.overdue("the remote tier did not answer in time"))
            }),
        };
        budget.add(start.elapsed());
        answer
    }

    /// The error of a call whose time is up.
    fn overdue(&self, what: &str) -> Error {
        let fault = self.store.health().fault;
        let hint = fault.map_or_else(
            || "it is slow, or this process is busy; what takes longer needs a higher `response_timeout`".to_owned(),
            |fault| fault.to_string(),
        );
        Error::unavailable(format!("{what} ({:?}): {hint}", self.budget))
    }

    /// How many requests were given up because the time of their calls was over.
    pub(crate) fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }
}
