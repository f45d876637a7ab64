//! Values that are nested deep, and the room that it takes to walk through them.
//!
//! A type's `Serialize` and `Deserialize` call themselves once for each level, and a worker's stack is two
//! megabytes, of which one level may take several kilobytes where nothing is optimised.

use std::thread;

/// Nesting that is followed at all: lists, maps, structs and variants that hold something count one each. A tree of 64
/// levels has up to four of them for each of its own.
pub(super) const MAX: usize = 512;

/// Nesting that a caller's stack has room for.
pub(super) const ON_THE_CALLERS_STACK: usize = 128;

/// So many options and newtypes are followed for each level of nesting: most formats write nothing for them, so that they are
/// no level by themselves, but each takes a bit of the stack.
pub(super) const WRAPS: usize = 3;

/// What one level may take.
const LEVEL: usize = 32 * 1024;

/// Walks through a value that is nested so deep, on a stack that has the room; `None` if there is none to be had.
pub(super) fn with_room<T: Send>(depth: usize, walk: impl FnOnce() -> T + Send) -> Option<T> {
    if depth <= ON_THE_CALLERS_STACK {
        return Some(walk());
    }
    thread::scope(|scope| {
        let room = thread::Builder::new().name("cache-deep".to_owned()).stack_size(depth * LEVEL);
        let walk = room.spawn_scoped(scope, walk).ok()?;
        match walk.join() {
            Ok(walked) => Some(walked),
            // The caller's own code, which panics where it was called.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
