//! Why a value has no encoding, or bytes are no value, to those who walk through it.

use std::fmt;

use serde::{de, ser};

/// What ends a walk through a value or its bytes. The messages of types are not kept: values may be in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The type does not take or give the value, or the format does not.
    Refused,
    /// The value is nested too deep.
    TooDeep,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "refused",
            Self::TooDeep => "nested too deep",
        })
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}
