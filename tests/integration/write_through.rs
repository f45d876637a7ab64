//! Write-through: after a successful write the next read is a hit on the new value, and never on an older one.

#[path = "write_through/forms.rs"]
mod forms;
#[path = "write_through/held.rs"]
mod held;
#[path = "write_through/own_writes.rs"]
mod own_writes;
#[path = "write_through/races.rs"]
mod races;
