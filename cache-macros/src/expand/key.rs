//! The statements that render a key or a tag.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::bounds::renamed;
use super::hidden;
use crate::model::{Key, Part, Root, Value};
use crate::parse::args::Arguments;

/// Writes every part of `key` into `writer`, a reference: on a writer by value a method of a trait that all types have
/// would be found in the place of the writer's own. `part` is the call for one placeholder.
pub(super) fn render(
    key: &Key,
    writer: &Ident,
    part: impl Fn(&Value) -> TokenStream,
) -> TokenStream {
    let statement = |piece: &Part| match piece {
        Part::Text(text) => {
            let span = hidden(key.literal.span());
            let mut text = Literal::string(text);
            text.set_span(span);
            quote_spanned!(span=> #writer.literal(#text);)
        }
        Part::Value(value) => part(value),
    };
    key.parts.iter().map(statement).collect()
}

/// How a placeholder's argument is at hand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Held {
    /// As a value.
    Value,
    /// As a reference, because the function takes one.
    Reference,
    /// As a reference to what the function takes.
    Lent,
}

impl Held {
    /// How the argument is at hand in the function itself.
    pub(super) fn in_function(arguments: &Arguments, value: &Value) -> Self {
        let borrowed = matches!(&value.root, Root::Argument(name)
            if arguments.typed.iter().any(|argument| argument.borrows(name)));
        if borrowed { Self::Reference } else { Self::Value }
    }
}

/// `writer.part(&id);` with all of it where the user can be blamed, so that a type without a text
/// form is underlined there and not at the attribute.
///
/// The function and its companion write the same expression, up to dereferences, so that rustc
/// finds the same mistake in both and reports it once.
pub(super) fn part(writer: &Ident, value: &Value, held: Held) -> TokenStream {
    let Value { root, fields, method, span } = value;
    let whole = fields.is_empty() && method.is_none();
    // rustc would offer to write the nearest field's name for all of the literal
    let span = if whole { *span } else { hidden(*span) };
    let writer = located(writer, span);
    let name = match root {
        Root::Argument(name) => located(name, span).into_token_stream(),
        Root::Receiver(token) => quote!(#token),
        Root::Constant(path) => quote!(#path),
    };
    let root = match held {
        Held::Lent => quote_spanned!(span=> (*#name)),
        Held::Value | Held::Reference => name,
    };
    let method = method.as_ref().map(|method| quote_spanned!(span=> .#method()));
    let path = renamed(quote_spanned!(span=> #(.#fields)* #method));
    let borrow = (held != Held::Reference || !whole).then(|| quote_spanned!(span=> &));
    quote_spanned!(span=> #writer.part(#borrow #root #path);)
}

/// The same name, underlined at `span`.
pub(super) fn located(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    name
}

/// A number for a shape (FNV-1a), to hold those of two places against each other by type.
pub(super) fn fingerprint(shape: &str) -> u64 {
    shape.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
