//! What `#[invalidates]` does, however the function ends.

mod again;
mod options;
mod overlap;
mod own_writes;
mod references;
mod statement;
mod table;
mod write;
