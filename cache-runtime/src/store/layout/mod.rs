//! The layout of a store on a server, for tools that look at one: how its names are made and read, and its bytes parsed.
//!
//! What is read here may be told to people, and must not be written back: a change is a script of the store's own, which
//! is atomic, and looks first whether what it finds is ours.
//!
//! # Names
//!
//! | name | holds |
//! |---|---|
//! | `ns:v:<key>` | an entry: its value, the lease of a load, or the guards of writers ([`Record`]) |
//! | `ns:r:<key>` | the same for entries of which no process keeps copies |
//! | `ns:t:<tag>` | the version of a tag, eight bytes ([`version`]) |
//! | `ns:e` | the epoch: the version of everything in this namespace, eight bytes |
//! | `ns:i:<token>:<key>` | nothing, not even for a moment; a change tells that an entry of which only processes have copies has ended. The token, 16 hexadecimal digits, says who tells |
//! | `ns:i` | nothing, as well; a change tells that all entries have of which only processes have copies |
//! | `ns:p:…` | nothing that lasts; written to see whether that is possible |
//!
//! `ns` is the [`Namespace`]; keys and tags stand as they are, whatever bytes they hold. An entry may have been evicted,
//! removed or written by anybody: what is no record, or longer than its parts, is foreign, and left alone.
//!
//! # Records
//!
//! A record is a header of 64 bytes; a value has its versions and its payload behind it, guards have their list.
//!
//! ```text
//!  0 u8  0xC5                 1 u8  'V' value | 'L' lease | 'W' guards    2 u8  codec     3 u8  flags, or 1: dirty
//!  4 u32 fingerprint          8 u64 id               16 u64 token        24 u64 deadline
//! 32 u8  0 | 'R' | 'W'       33 u8  versions        34 u16 payload offset            36 u32 payload length
//! 40 u64 created             48 u64 fresh time      56 u32 cost in us   60 u32 stale window in s, rounded up
//! 64 value: u64 each: the epoch, the tags; then the payload
//! 64 guards: 16 bytes each: u64 token, u64 deadline
//! ```
//!
//! Big-endian; times in milliseconds of the server's clock. Byte 32 says what the token and the deadline in front of it
//! are: a load's lease (`R`), or the guard of a writer (`W`), alone or beside a value. The lease of
//! [`Token::NOBODY`](super::Token::NOBODY) beside a value says that a load has failed: until its deadline there is no other.
//! A record ends with its name's ttl; a lease or a guard ends at its deadline, if that is earlier.
//!
//! A value is stale when its fresh time is over, counted from when it was created. To mark it stale is to end that time where it
//! is; to renew it, to lengthen the time. After the stale window it is there for who reads with a longer one, or because
//! a lease beside it keeps the record: the header, not the ttl, tells until when it is served. A payload is the digest of the value in eight bytes, then
//! its encoding by [`Format::codec`](super::Format::codec), 1 for `MessagePack` and 2 for JSON, compressed if the
//! [flags](super::Format::flags) say so; of a stored `None` it is empty.

mod names;
mod record;

pub use super::namespace::Namespace;
pub use names::{Name, Space};
pub(crate) use record::encode;
pub use record::{Guards, Hold, Record, Value, version};
