//! Callers of one key at a steady rate, whose loads all fail: does a queue grow?

use std::time::{Duration, Instant};

use crate::source::{End, Tier, call};

const RATE: u32 = 50;
const LOAD: Duration = Duration::from_millis(500);

/// Prints how many callers wait after each second; says what is wrong if they become more and more.
pub async fn measure(seconds: u32) -> Option<String> {
    println!(
        "\n{RATE} callers a second, each load fails after {} ms: callers waiting after each second",
        LOAD.as_millis()
    );
    let mut exceeded = None;
    for tier in [Tier::Memory, Tier::Server, Tier::Lock] {
        let waiting = waiting(tier, seconds).await;
        let line: Vec<_> = waiting.iter().map(ToString::to_string).collect();
        println!("{:<10}{}", tier.name(), line.join(" "));
        // Who comes waits for one load and makes another; twice as many are beside a machine that stands still.
        let most = 2 * 2 * RATE * u32::try_from(LOAD.as_millis()).unwrap_or(u32::MAX) / 1_000;
        if waiting.last().is_some_and(|last| *last > most as usize) {
            exceeded = Some(format!("{}: a queue grows: {}", tier.name(), line.join(" ")));
        }
    }
    exceeded
}

async fn waiting(tier: Tier, seconds: u32) -> Vec<usize> {
    let (start, mut calls, mut waiting) = (Instant::now(), Vec::new(), Vec::new());
    for second in 0..seconds {
        for caller in 0..RATE {
            let due = Duration::from_secs(second.into()) + Duration::from_secs(1) / RATE * caller;
            tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
            calls.push(tokio::spawn(call(tier, End::Kept, caller, LOAD)));
        }
        calls.retain(|call: &tokio::task::JoinHandle<()>| !call.is_finished());
        waiting.push(calls.len());
    }
    for call in calls {
        // It ends as it is to.
        let _ = call.await;
    }
    waiting
}
