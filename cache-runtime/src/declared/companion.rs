//! What references such as `get_user(id)` ask of the companion of a function.

use crate::declared::registry::Groups;

/// A struct that stands for a cached function in references.
#[doc(hidden)]
pub trait Companion: Sized {
    /// The companion, which holds nothing, and the groups of its function. One constant for both: each is work for the
    /// compiler, in every annotated function.
    const DECLARED: (Self, Groups);
}

macro_rules! counts_arguments {
    ($($given:ident)*) => {
        /// A companion, asked for by the number of arguments that a reference passes.
        ///
        /// One that has a function of its own of such a name answers with that: it says which arguments are too many.
        #[doc(hidden)]
        pub trait CountsArguments: Companion {
            $(
                /// The companion, which the compiler holds against so many arguments.
                fn $given() -> Self {
                    Self::DECLARED.0
                }
            )*
        }
    };
}
counts_arguments! {
    given_0 given_1 given_2 given_3 given_4 given_5 given_6 given_7 given_8 given_9 given_10 given_11 given_12
}

impl<T: Companion> CountsArguments for T {}
