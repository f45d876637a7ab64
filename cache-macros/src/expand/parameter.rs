//! The parameters of a companion: what a reference passes for the arguments in a key.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, Pat, PatIdent, Type};

use super::generics::{Kept, name_lifetimes};
use super::key::Held;
use super::{Runtime, body, hidden, key, named};
use crate::model::{Cached, Root, Value};
use crate::parse::args::Argument;
use crate::parse::condition;

/// The way in which a reference passes an argument.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// Anything that renders like it.
    Rendered,
    /// Anything that lends it, because the key reads a field or calls a method.
    Lent,
    /// A reference to it, because its type has to be inferred from it.
    Generic,
}

/// A parameter of `entry`.
pub(super) struct Parameter<'a> {
    pub(super) argument: &'a Argument,
    name: Ident,
    /// The argument's type without references, or the name that it has got.
    pub(super) bare: Type,
    how: How,
}

impl<'a> Parameter<'a> {
    /// The parameter for the argument `at` that position. `whole` if the key and the tags read
    /// nothing of it but all of it.
    pub(super) fn new(at: usize, argument: &'a Argument, whole: bool, cached: &Cached) -> Self {
        let (bare, generics) = (argument.bare(), &cached.generics);
        let how = if Kept::mentions(generics, bare) || body::has_impl(bare) {
            How::Generic
        } else if whole && argument.name().is_some() {
            How::Rendered
        } else {
            How::Lent
        };
        let name = argument.name().cloned();
        let name = name.unwrap_or_else(|| format_ident!("argument{at}", span = Span::mixed_site()));
        let bare = named::of_argument(cached, at, argument).unwrap_or_else(|| bare.clone());
        Self { argument, name, bare, how }
    }

    /// Whether the type of the parameter is open until it is passed.
    pub(super) fn is_generic(&self) -> bool {
        self.how == How::Generic
    }

    /// The parameter as declared, `dynamic` if its type may not be generic; names for elided
    /// lifetimes are added to `lifetimes`.
    pub(super) fn input(
        &self,
        runtime: &Runtime,
        dynamic: bool,
        lifetimes: &mut Vec<Lifetime>,
    ) -> TokenStream {
        let Self { name, bare, how, argument } = self;
        let exists = condition::attribute(argument.condition.as_ref());
        // where an error about a reference shows the type
        let span = bare.span();
        let rt = runtime.at(span);
        let accepted = match how {
            // `&impl A + B` would be read as `(&impl A) + B`
            How::Generic if is_sum(bare) => return quote_spanned!(span=> #exists #name: &(#bare)),
            How::Generic => return quote_spanned!(span=> #exists #name: &#bare),
            How::Rendered => quote_spanned!(span=> KeyArg),
            How::Lent => quote_spanned!(span=> Borrowed),
        };
        let bare = name_lifetimes(bare, lifetimes);
        if dynamic {
            return quote_spanned!(span=> #exists #name: &dyn #rt::#accepted<#bare>);
        }
        quote_spanned!(span=> #exists #name: &(impl #rt::#accepted<#bare> + ?::core::marker::Sized))
    }

    /// The statement that takes the argument apart as the function does.
    pub(super) fn binding(&self, runtime: &Runtime) -> Option<TokenStream> {
        let Self { argument, name, bare, how } = self;
        let rt = runtime.at(Span::mixed_site());
        let lent = match how {
            How::Rendered => return None,
            How::Lent => quote!(#rt::Borrowed::<#bare>::borrowed(#name)),
            How::Generic => name.to_token_stream(),
        };
        let pattern = by_reference(argument);
        let exists = condition::attribute(argument.condition.as_ref());
        Some(quote!(#exists let #pattern = #lent;))
    }
}

/// Whether the type is written with a `+`.
fn is_sum(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.len() > 1,
        Type::TraitObject(ty) => ty.bounds.len() > 1,
        _ => false,
    }
}

/// The pattern for a reference to the value: it borrows by itself, and neither `mut` nor a `&` is
/// allowed then.
fn by_reference(argument: &Argument) -> Pat {
    struct Plain;
    impl VisitMut for Plain {
        fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
            pattern.mutability = None;
            pattern.by_ref = None;
            visit_mut::visit_pat_ident_mut(self, pattern);
        }

        fn visit_pat_mut(&mut self, pattern: &mut Pat) {
            while let Pat::Reference(reference) = pattern {
                *pattern = (*reference.pat).clone();
            }
            visit_mut::visit_pat_mut(self, pattern);
        }
    }
    let mut pattern = argument.pattern.clone();
    Plain.visit_pat_mut(&mut pattern);
    pattern
}

/// The call that writes one placeholder into a key, in a companion with these parameters: one for each of that name, each
/// of which exists in other builds.
pub(super) fn part(parameters: &[Parameter<'_>], writer: &Ident, value: &Value) -> TokenStream {
    let Root::Argument(root) = &value.root else { return key::part(writer, value, Held::Value) };
    let call = |parameter: &Parameter<'_>| {
        let Parameter { argument, name, bare, how } = parameter;
        if *how == How::Rendered {
            let exists = condition::attribute(argument.condition.as_ref());
            let span = hidden(bare.span());
            let writer = key::located(writer, span);
            return quote_spanned!(span=> #exists #writer.arg::<#bare, _>(#name););
        }
        let held = if argument.borrows(root) { Held::Reference } else { Held::Lent };
        key::part_of(argument, writer, value, held)
    };
    let binding = |parameter: &&Parameter<'_>| parameter.argument.names.contains(root);
    parameters.iter().filter(binding).map(call).collect()
}
