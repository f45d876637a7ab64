//! A small blog on SQLite, shared by the examples.
//!
//! Start with [`users`]: what caching looks like in a repository. [`posts`]
//! adds a tag for lists that come in pages, [`reports`] a query that is slow,
//! [`service`] puts users and posts behind HTTP.

pub mod database;
pub mod posts;
pub mod reports;
pub mod service;
pub mod users;
