//! `#[invalidates]`, `invalidate!` and `entry!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprClosure, Generics, Path};

use super::key::Held;
use super::write::{self, Steps, Write};
use super::{Runtime, bounds, closure, hidden, key, policies, reference};
use crate::check;
use crate::diag::Errors;
use crate::model::{Invalidates, Key, Value};
use crate::parse::function::Function;
use crate::parse::invalidates::{After, ENTRY, INVALIDATE, INVALIDATES, Targets};
use crate::parse::reference::Reference;

/// Expands `#[invalidates(...)]`; with errors, the function stays as it is.
pub(crate) fn attribute(targets: TokenStream, item: &TokenStream) -> TokenStream {
    method(targets, item, None, None)
}

/// The same for a method of a block with these parameters and this path of the runtime.
pub(super) fn method(
    targets: TokenStream,
    item: &TokenStream,
    around: Option<&Generics>,
    runtime: Option<&Path>,
) -> TokenStream {
    let mut errors = Errors::default();
    let mut targets = Targets::parse(&INVALIDATES, targets, &mut errors);
    targets.runtime = targets.runtime.or_else(|| runtime.cloned());
    let function = match Function::parse("invalidates", item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let checked = check::invalidates::attribute(&function, around, targets, &mut errors);
    if let Some(invalidates) = checked.filter(|_| errors.is_empty()) {
        let Invalidates { function, form, returns, guarding, connections, runtime, .. } =
            &invalidates;
        let runtime = Runtime(runtime.clone());
        let write = Write::new(function, *form, returns, guarding, connections, &runtime);
        return Invalidating { invalidates: &invalidates, write }.function();
    }
    let errors = errors.into_tokens();
    quote!(#function #errors)
}

/// Expands `invalidate!(...)`: the future of a `Result<(), Error>`.
pub(crate) fn invalidate(targets: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let targets = Targets::parse(&INVALIDATE, targets, &mut errors);
    let tags = check::invalidates::invalidate(&targets, &mut errors);
    let runtime = Runtime(targets.runtime);
    let rt = runtime.at(Span::mixed_site());
    if !errors.is_empty() {
        // of the type that is expected, or what is done with it would be said to be unreachable
        let errors = errors.into_tokens();
        return quote!({ #errors #rt::invalidate(#rt::Selectors::new()) });
    }
    let part = |writer: &Ident, value: &Value| key::part(writer, value, Held::Value);
    let selectors = selectors(&targets.references, &tags, part, &runtime);
    let in_crate = policies::used(&tags);
    let entries = write::entries(targets.references.iter());
    let texts = tags.iter().map(|tag| &tag.literal);
    // for `policies()`, to which a function that only code invalidates would be one that nothing does
    quote!({
        const _: () = {
            static NAMED: #rt::Writer =
                #rt::Writer::new("invalidate!", ::core::module_path!()) #entries.tags(&[#(#texts),*]);
            #rt::inventory::submit! { #rt::InCode(&NAMED) }
        };
        #in_crate
        #rt::invalidate(#selectors)
    })
}

/// Expands `entry!(...)`: an `Entry` of what the function caches.
pub(crate) fn entry(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut targets = Targets::parse(&ENTRY, tokens, &mut errors);
    let runtime = Runtime(targets.runtime.take());
    let named = check::invalidates::entry(targets, &mut errors);
    let Some(named) = named.filter(|_| errors.is_empty()) else { return failed(errors) };
    // the name of the function, where a value that cannot be stored is reported
    let at = hidden(named.name().map_or_else(Span::call_site, Ident::span));
    let rt = runtime.at(at);
    let entry = Ident::new("entry", at);
    let kind = Ident::new("kind", at);
    let named = reference::expression(&named, &runtime);
    quote_spanned! {at=>
        match #named {
            #entry => {
                #[allow(unused_imports)]
                use #rt::shapes::*;
                let #kind = #rt::Reference::kind(&#entry);
                #rt::entry(#entry, (&&(&&&&#kind).__wrap()).__hold())
            }
        }
    }
}

/// The errors of a macro that stands where an expression is expected.
fn failed(errors: Errors) -> TokenStream {
    let errors = errors.into_tokens();
    quote!({ #errors ::core::unreachable!() })
}

/// The entries and tags that are named; `part` writes a placeholder of a tag.
fn selectors(
    references: &[Reference],
    tags: &[Key],
    part: impl Fn(&Ident, &Value) -> TokenStream,
    runtime: &Runtime,
) -> TokenStream {
    let rt = runtime.at(Span::mixed_site());
    let named = references.iter().map(|reference| reference::selector(reference, runtime));
    let key = Ident::new("key", Span::mixed_site());
    let tags = tags.iter().map(|tag| key::render(tag, &key, |value| part(&key, value)));
    quote!(#rt::Selectors::new() #(#named)* #(.tag(|#key| { #tags }))*)
}

/// A function that invalidates.
struct Invalidating<'a> {
    invalidates: &'a Invalidates,
    write: Write<'a>,
}

impl Invalidating<'_> {
    fn function(&self) -> TokenStream {
        let Invalidates { references, tags, proofs, .. } = self.invalidates;
        let rt = self.write.runtime.at(Span::mixed_site());
        let part = |writer: &Ident, value: &Value| self.part(writer, value);
        let selectors = selectors(references, tags, part, self.write.runtime);
        let (declaration, in_crate) = (self.declaration(), policies::used(tags));
        let proofs = bounds::proofs(proofs, self.write.runtime);
        self.write.function(&Steps {
            prepare: quote!(#declaration #in_crate #proofs),
            selected: quote!(#rt::Write::new(#selectors)),
            begun: TokenStream::new(),
            returned: TokenStream::new(),
            succeeded: self.succeeded(),
        })
    }

    fn declaration(&self) -> TokenStream {
        let Invalidates { references, tags, after, .. } = self.invalidates;
        let after = after.iter().flat_map(|after| &after.references);
        let entries = write::entries(references.iter().chain(after));
        let tags = tags.iter().map(|tag| &tag.literal);
        self.write.declaration(&quote!(#entries.tags(&[#(#tags),*])))
    }

    fn part(&self, writer: &Ident, value: &Value) -> TokenStream {
        key::part_in_function(&self.invalidates.arguments, writer, value)
    }

    /// Names what only the result tells.
    fn succeeded(&self) -> TokenStream {
        let Write { runtime, writing, value, kind, .. } = &self.write;
        let after = self.invalidates.after.iter().map(|after| {
            let closure = self.closure(after);
            // what is wrong with a pattern is explained by pointing at the call
            let at = hidden(after.closure.inputs_begin.span());
            let rt = runtime.at(at);
            quote_spanned!(at=> #rt::Writing::also(&mut #writing, #rt::after(&(&&#kind).__end(), #closure)(#value));)
        });
        after.collect()
    }

    /// The user's closure, with the references in it compiled.
    fn closure(&self, after: &After) -> TokenStream {
        let part = |writer: &Ident, value: &Value| self.part(writer, value);
        let body = selectors(&after.references, &[], part, self.write.runtime);
        let body = Box::new(syn::Expr::Verbatim(body));
        let closure = ExprClosure { body, ..after.closure.clone() };
        closure::checked(&closure, "returned", self.write.runtime)
    }
}
