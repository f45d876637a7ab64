//! One load per key, and what happens when that load does not end well.

#[path = "stampede/cold.rs"]
mod cold;
#[path = "stampede/failing.rs"]
mod failing;
#[path = "stampede/gone.rs"]
mod gone;
#[path = "stampede/nested.rs"]
mod nested;
#[path = "stampede/parked.rs"]
mod parked;
#[path = "stampede/slow.rs"]
mod slow;
