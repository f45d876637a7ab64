//! The key: how the arguments of a call become the bytes that name its entry.
//!
//! The encoding is injective: different arguments of one function never render
//! the same key, whatever they hold.
//!
//! | value | in the key |
//! |---|---|
//! | text | `[A-Za-z0-9-_.@+]`, and what is neither ASCII nor a control character, as it stands; every other byte `%XX` |
//! | integers, `bool`, `char` | their usual text, escaped as above |
//! | `None` | `!`, with one more `!` for each `Some` around it |
//! | lists, tuples, several fields | `(a,b,)` |
//! | a field-less variant | its name; with data: `Name(a,b,)` |

mod ambient;
mod arg;
mod constant;
mod external;
mod fields;
mod part;
mod pattern;
mod plain;
mod rendered;
mod tag;
mod writer;

#[cfg(test)]
mod tests;

pub use ambient::{Ambient, ambient, ambient_or_written, ambient_receiver};
pub use arg::{Borrowed, NONE};
pub use constant::{Constant, KeyHash, NotKnown, Probe, TwoFunctionsShareAKey, is_known};
pub use fields::{never, of_one_type};
pub(crate) use pattern::Pattern;
pub use rendered::Key;
pub use tag::Tag;
pub(crate) use tag::{matches_template, shape};
pub use writer::{KeyArg, KeyPart, KeyWriter};
