//! The statements that render a key or a tag.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::bounds::renamed;
use super::hidden;
use crate::model::{Key, Part, Root, Value};
use crate::parse::args::{Argument, Arguments};
use crate::parse::condition;

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

/// The way in which a placeholder's argument is at hand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Held {
    /// As a value.
    Value,
    /// As a reference, because the function takes one.
    Reference,
    /// As a reference to what the function takes.
    Lent,
}

/// The statement that writes a placeholder in the function itself: one for each argument of that name, each of which
/// exists in other builds.
pub(super) fn part_in_function(
    arguments: &Arguments,
    writer: &Ident,
    value: &Value,
) -> TokenStream {
    let Root::Argument(name) = &value.root else { return part(writer, value, Held::Value) };
    let statement = |argument: &Argument| {
        let held = if argument.borrows(name) { Held::Reference } else { Held::Value };
        part_of(argument, writer, value, held)
    };
    arguments.binding(name).map(statement).collect()
}

/// The statement that writes a placeholder of one argument, in builds that have it.
pub(super) fn part_of(
    argument: &Argument,
    writer: &Ident,
    value: &Value,
    held: Held,
) -> TokenStream {
    let exists = condition::attribute(argument.condition.as_ref());
    let mut value = value.clone();
    if argument.name().is_some() && value.is_whole() {
        value.span = argument.ty.span();
    }
    let part = part(writer, &value, held);
    quote!(#exists #part)
}

/// `writer.part(&id);` with all of it where the user can be blamed, so that a type without a text
/// form is underlined there and not at the attribute.
///
/// The function and its companion write the same expression, up to dereferences, so that rustc
/// finds the same mistake in both and reports it once.
pub(super) fn part(writer: &Ident, value: &Value, held: Held) -> TokenStream {
    let Value { root, fields, method, span } = value;
    let whole = value.is_whole();
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

/// A name moved to `span`, where errors underline it.
pub(super) fn located(name: &Ident, span: Span) -> Ident {
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    name
}

/// A number for a shape (FNV-1a), by which the shapes of two places are compared as types.
pub(super) fn fingerprint(shape: &str) -> u64 {
    shape.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
