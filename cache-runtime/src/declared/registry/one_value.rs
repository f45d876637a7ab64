//! What a function writes through is what the reader of its key reads, as far as a crate with `policies!` can tell.

use crate::value::{Kind, Ownership, Shape, Wrap};

/// What a crate knows of the reader of a key: the kind of what it returns, or nothing.
pub trait Reads<Written> {
    /// What the reader returns; if nothing is known of that, what the writer writes.
    type Returns;
}

impl<Written, Read> Reads<Written> for Kind<Read> {
    type Returns = Read;
}

impl<Written> Reads<Written> for () {
    type Returns = Written;
}

/// The kind of what the reader of a key returns.
#[must_use]
pub fn read_kind<D: Reads<Written>, Written>(_: D, _: &Kind<Written>) -> Kind<D::Returns> {
    Kind::new()
}

/// Holds for the type that the reader of the key reads.
#[diagnostic::on_unimplemented(
    message = "this function writes a `{Self}` under a key whose reader reads a `{Read}`",
    label = "writes a `{Self}`",
    note = "the two declare one key in this crate: let both have the same value, or give one of them another key"
)]
pub trait WrittenAs<Read> {}

#[diagnostic::do_not_recommend]
impl<T> WrittenAs<T> for T {}

/// Refuses to compile if a function writes another type than the reader of the key reads.
pub fn written_as_read<R, W, H, R2, W2, H2, V2>(_read: Shape<R, W, H>, _written: Shape<R2, W2, H2>)
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    W2: Wrap<R2>,
    H2: Ownership<W2::Inner, Value = V2>,
    V2: WrittenAs<H::Value>,
{
}
