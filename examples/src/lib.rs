//! A small blog on SQLite, shared by the examples.
//!
//! Start with [`users`]: what caching looks like in a repository. [`posts`]
//! adds a tag for lists that come in pages, [`service`] puts both behind HTTP.

pub mod database;
pub mod posts;
pub mod service;
pub mod users;
