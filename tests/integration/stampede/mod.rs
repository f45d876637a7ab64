//! One load per key, and what happens when that load does not end well.

mod cold;
mod failing;
mod gone;
mod nested;
mod parked;
mod slow;
mod unverified;
