//! The store on a server, which processes share: Redis 7.0 or later, Valkey 7.2 or later.
//!
//! # On the server
//!
//! Names and bytes are those of [`layout`](super::layout). Reading an entry is one `MGET`, with the versions of its tags. Every change of an entry is a script on its one key,
//! so it also works in a cluster. What is under one of these names and was not put there by such a store is never
//! changed or removed.
//!
//! # When the server is away
//!
//! Operations fail at once, and a task of the store's own tries to connect (`link`). Every operation has a
//! deadline. What breaks a connection off is in `breaker`.
//!
//! # When the server cannot serve
//!
//! With each connection, and whenever something was refused, the server is asked to do all that operations need (`probe`).
//! What it refuses is a fault (`diagnosis`): with most of them the server is not used, as if it were away, with some it is,
//! for what it still does.

mod announcements;
mod breaker;
mod clock;
mod connect;
mod contract;
mod diagnosis;
mod failure;
mod heartbeat;
mod link;
mod options;
mod probe;
mod reach;
mod record;
mod replies;
mod requests;
mod scripts;
mod stage;
mod store;
mod tls;
mod topology;
mod tracking;
mod versions;
mod wire;

pub use options::RedisOptions;
pub use store::RedisStore;
