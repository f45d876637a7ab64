//! What is emitted beside the errors: the function as written, and a companion that takes
//! anything, so that a mistake in the attribute breaks nothing else.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::companion::{conditions, of_free, quiet, visibility};
use super::generics::Kept;
use super::names::Names;
use super::{Runtime, hidden};
use crate::check::signature::{awaited, is_associated, is_boxed_future, is_cached};
use crate::diag::nearest;
use crate::model::Owner;
use crate::parse::args::{Arguments, plain};
use crate::parse::attr::Options;
use crate::parse::function::Function;
use crate::parse::template::Template;

/// The function without its cache.
pub(crate) fn expand(function: &Function, options: &Options) -> TokenStream {
    let owner = Owner::of(&function.signature);
    let (function, companion) = parts(function, options, &owner);
    if is_boxed_future(&function.signature) || is_associated(&function.signature) {
        // in an `impl` that cannot hold the companion
        return function.into_token_stream();
    }
    quote!(#function #companion)
}

/// The same, each by itself.
pub(super) fn parts(
    function: &Function,
    options: &Options,
    owner: &Owner,
) -> (Function, TokenStream) {
    let mut function = function.clone();
    // a second `#[cached]` would bring a second companion
    function.attributes.retain(|attribute| !is_cached(attribute));
    // what only the key reads is unused now
    function.attributes.push(syn::parse_quote!(#[allow(unused_variables)]));
    let companion = companion(&function, options, owner);
    (function, companion)
}

fn companion(function: &Function, options: &Options, owner: &Owner) -> TokenStream {
    let companion = options.companion.as_ref().unwrap_or(&function.signature.ident);
    let entry = Entry { function, options, owner };
    if matches!(owner, Owner::Module) {
        let runtime = Runtime(options.runtime.clone());
        let entry = entry.function(&Ident::new("entry", Span::mixed_site()), false);
        return of_free(function, companion, &entry, &runtime);
    }
    let (quiet, conditions) = (quiet(), conditions(&function.attributes));
    let conditions: Vec<_> = conditions.collect();
    let Names { entry: plain, self_entry, .. } = Names::of_method(companion);
    let with_self = function.signature.receiver().map(|_| {
        let with_self = entry.function(&self_entry, true);
        quote!(#(#conditions)* #quiet #with_self)
    });
    let without_self = entry.function(&plain, false);
    quote!(#(#conditions)* #quiet #without_self #with_self)
}

struct Entry<'a> {
    function: &'a Function,
    options: &'a Options,
    owner: &'a Owner,
}

impl Entry<'_> {
    fn function(&self, name: &Ident, with_self: bool) -> TokenStream {
        let signature = &self.function.signature;
        let visibility = visibility(self.owner, self.function);
        let sized =
            matches!(self.owner, Owner::Trait { .. }).then(|| quote!(Self: ::core::marker::Sized,));
        let rt = Runtime(self.options.runtime.clone()).at(Span::mixed_site());
        let returns = self.returns();
        let kept = Kept::of(&signature.generics, [&returns].into_iter(), [].into_iter());
        let (params, predicates) = (kept.params, kept.predicates);
        let receiver = with_self.then(|| quote!(&self,));
        let inputs = (0..self.arity()).map(|_| quote!(_: &(impl ?::core::marker::Sized)));
        let span = hidden(name.span());
        quote_spanned! {span=>
            #visibility fn #name<#(#params),*>(
                #receiver #(#inputs),*
            ) -> #rt::Reference<#returns, #rt::Local> where #sized #(#predicates),* {
                ::core::unimplemented!()
            }
        }
    }

    /// What the function would return if it had no mistake.
    fn returns(&self) -> Type {
        awaited(&self.function.signature).unwrap_or_else(|| syn::parse_quote!(()))
    }

    /// How many arguments a reference would pass, as well as that can be told.
    fn arity(&self) -> usize {
        let arguments = Arguments::of(&self.function.signature);
        let names = arguments.names();
        let meant = |root: &str| nearest(root, names.iter().map(String::as_str)).map(str::to_owned);
        let in_key = |name: &str| {
            let mut placeholders = self.options.key.iter().flat_map(Template::placeholders);
            placeholders.any(|placeholder| meant(&placeholder.root).as_deref() == Some(name))
        };
        let skipped = |name: &str| self.options.skip.iter().any(|skip| plain(&skip.root) == name);
        let readable = self.options.key.as_ref().is_some_and(|key| key.sound);
        let counts =
            |name: &str| in_key(name) || (!readable && !skipped(name) && !name.starts_with('_'));
        let typed = arguments.typed.iter();
        typed.filter(|argument| argument.names.iter().any(|name| counts(&plain(name)))).count()
    }
}
