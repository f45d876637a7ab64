//! What `#[invalidates]` does, however the function ends.

#[path = "invalidation/again.rs"]
mod again;
#[path = "invalidation/options.rs"]
mod options;
#[path = "invalidation/overlap.rs"]
mod overlap;
#[path = "invalidation/own_writes.rs"]
mod own_writes;
#[path = "invalidation/references.rs"]
mod references;
#[path = "invalidation/statement.rs"]
mod statement;
#[path = "invalidation/table.rs"]
mod table;
#[path = "invalidation/write.rs"]
mod write;
