//! Why bytes are no value of a type.

/// The kinds of bytes that are no value of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Illegible {
    /// No value of any type: cut short, changed, or made up.
    Malformed,
    /// A value of another type, or of this one as another version of the program has it.
    Other,
}
