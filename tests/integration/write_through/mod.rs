//! Write-through: after a successful write the next read is a hit on the new value, and never on an older one.

mod forms;
mod held;
mod own_writes;
mod races;
