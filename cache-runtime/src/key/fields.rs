//! The check that a key, with `skip`, names every field of a struct.

/// Fixes the type of a struct expression by a value of its type.
#[doc(hidden)]
pub fn of_one_type<T>(_: &T, _: fn() -> T) {}

/// Stands for a field's value in code that never runs.
#[doc(hidden)]
#[must_use]
pub fn never<T>() -> T {
    unreachable!("only named in closures that are never called")
}
