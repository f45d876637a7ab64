//! Why a value cannot be carried to another process, and what to do about it.

use crate::trouble::Trouble;

/// What keeps values from being what they were when they come back from their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The type, or the encoding, does not take them.
    Refused,
    /// The type panics.
    Panicked,
    /// They are nested too deep.
    TooDeep,
    /// JSON has one word for `None` and for a `Some` of nothing.
    SomeOfNull,
    /// JSON has no word for them.
    NotFinite,
    /// Their bytes are refused by the type that they are of.
    Unreadable,
    /// They come back as something else.
    Changed,
}

impl Flaw {
    pub(crate) fn trouble(self) -> Trouble {
        match self {
            Self::Unreadable => Trouble::NotDecodable,
            _ => Trouble::NotEncodable,
        }
    }

    /// What is wrong with the values.
    pub(crate) fn cause(self) -> &'static str {
        match self {
            Self::Refused => {
                "one did not encode: its `Serialize` failed, or it is a map whose keys are not strings, which JSON does not have"
            }
            Self::Panicked => "the `Serialize` or the `Deserialize` of one has panicked",
            Self::TooDeep => "one is nested more than 512 levels deep",
            Self::SomeOfNull => {
                "one holds a `Some` of `None`, `()` or null, which JSON writes as it writes `None`"
            }
            Self::NotFinite => {
                "one holds a float that is infinite or NaN, which JSON does not have"
            }
            Self::Unreadable => {
                "one encodes, but does not decode: its `Deserialize` does not take what its `Serialize` gives, or there is an \
                 `i128` or `u128` inside of a tagged, untagged or flattened type, where serde does not read them"
            }
            Self::Changed => {
                "one comes back different from its encoding: serde skips or defaults a field, or its `Deserialize` is not the \
                 reverse of its `Serialize`"
            }
        }
    }

    /// What the user can do.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::SomeOfNull | Self::NotFinite => {
                "leave out `codec = \"json\"`, or keep the values in this process: `tier = \"local\"`"
            }
            Self::TooDeep => "keep the values in this process: `tier = \"local\"`",
            Self::Refused | Self::Panicked | Self::Unreadable | Self::Changed => {
                "change the type's serde attributes, cache a type without that part, or keep the values in this process: \
                 `tier = \"local\"`"
            }
        }
    }
}
