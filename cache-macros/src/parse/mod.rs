//! From tokens to what was written: spans kept, nothing judged but the grammar.

pub(crate) mod args;
mod argument;
pub(crate) mod attr;
pub(crate) mod attribute;
pub(crate) mod cache_policy;
pub(crate) mod condition;
pub(crate) mod corrected;
mod duration;
mod duration_grammar;
pub(crate) mod function;
pub(crate) mod given;
pub(crate) mod group;
pub(crate) mod invalidates;
pub(crate) mod mentioned;
pub(crate) mod mocked;
pub(crate) mod name;
pub(crate) mod option;
pub(crate) mod options;
pub(crate) mod placeholder;
pub(crate) mod reference;
pub(crate) mod settings;
pub(crate) mod signature;
pub(crate) mod skip;
pub(crate) mod template;
pub(crate) mod types;
pub(crate) mod value;
pub(crate) mod words;
