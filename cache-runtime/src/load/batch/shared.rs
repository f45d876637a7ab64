//! One call of the body for several loads: it is the body of each of them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::parts::Come;
use crate::flight::{Pulses, Wait};
use crate::load::leases::Lease;
use crate::load::state::Load;
use crate::scope;
use crate::timer::with_beat;
use crate::token::Token;

/// When each of the loads began to run, and how long it had been parked before.
pub(super) fn began(part: &[Come]) -> Vec<(Instant, Duration)> {
    let parked =
        |(_, load): &Come| load.as_ref().map_or(Duration::ZERO, |load| load.pulse().parked());
    part.iter().map(|come| (Instant::now(), parked(come))).collect()
}

/// Runs the body of the loads, and holds their leases in the remote tier as long.
pub(super) async fn run<F: Future>(part: &[Come], body: F) -> F::Output {
    let loads: Vec<&Load> = part.iter().filter_map(|(_, load)| load.as_ref()).collect();
    if loads.is_empty() {
        return body.await;
    }
    // Each of the loads waits for the body, and what that calls must not wait for any of them.
    let together = Token::new();
    let _waits: Vec<_> =
        loads.iter().filter_map(|load| Wait::begin(load.flight(), together).ok()).collect();
    for load in &loads {
        load.runs();
    }
    let pulses = Pulses::of(loads.iter().map(|load| load.pulse()).collect());
    let body = pulses.watch_in(|| scope::loading(together), body);
    let leases: Vec<(&Load, &Lease)> =
        loads.iter().filter_map(|load| Some((*load, load.own_lease()?))).collect();
    let Some(period) = leases.first().map(|(load, _)| load.state.lease() / 3) else {
        return body.await;
    };
    let began = Instant::now();
    let beat = || {
        let hangs = leases.iter().all(|(load, _)| load.hangs_since(began));
        let beats: Vec<_> = leases.iter().map(|(load, lease)| load.extended(lease)).collect();
        async move { !hangs && join_all(beats).await.contains(&true) }
    };
    Box::pin(with_beat(body, period, beat)).await
}
