//! A small blog on SQLite, shared by the examples.
//!
//! Start with [`users`]: what caching looks like in a repository. [`posts`]
//! adds a tag for lists that come in pages, and a page that is served stale while
//! it is refreshed; [`reports`] adds a query that is slow, and may fail;
//! [`service`] puts users and posts behind HTTP.

pub mod database;
pub mod posts;
pub mod reports;
pub mod service;
pub mod users;
