//! `#[invalidates]`, `invalidate!` and `entry!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ExprClosure;

use super::key::Held;
use super::{Runtime, body, key, policies, reference};
use crate::check;
use crate::diag::Errors;
use crate::model::{Guard, Invalidates, Key, Value};
use crate::parse::function::Function;
use crate::parse::invalidates::{After, ENTRY, INVALIDATE, INVALIDATES, Targets};
use crate::parse::reference::Reference;

/// Expands `#[invalidates(...)]`; with errors, the function stays as it is.
pub(crate) fn attribute(targets: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let targets = Targets::parse(&INVALIDATES, targets, &mut errors);
    let function = match Function::parse("invalidates", item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let checked = check::invalidates::attribute(&function, targets, &mut errors);
    if let Some(invalidates) = checked.filter(|_| errors.is_empty()) {
        return Writer::new(&invalidates).function();
    }
    let errors = errors.into_tokens();
    quote!(#function #errors)
}

/// Expands `invalidate!(...)`: the future of a `Result<(), Error>`.
pub(crate) fn invalidate(targets: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let targets = Targets::parse(&INVALIDATE, targets, &mut errors);
    let tags = check::invalidates::invalidate(&targets, &mut errors);
    if !errors.is_empty() {
        return failed(errors);
    }
    let runtime = Runtime(targets.runtime);
    let rt = runtime.at(Span::mixed_site());
    let part = |writer: &Ident, value: &Value| key::part(writer, value, Held::Value);
    let selectors = selectors(&targets.references, &tags, part, &runtime);
    let in_crate = policies::used(&tags);
    quote!({ #in_crate #rt::invalidate(#selectors) })
}

/// Expands `entry!(...)`: an `Entry` of what the function caches.
pub(crate) fn entry(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut targets = Targets::parse(&ENTRY, tokens, &mut errors);
    let runtime = Runtime(targets.runtime.take());
    let named = check::invalidates::entry(targets, &mut errors);
    let Some(named) = named.filter(|_| errors.is_empty()) else { return failed(errors) };
    let rt = runtime.at(Span::mixed_site());
    let entry = Ident::new("entry", Span::mixed_site());
    let kind = Ident::new("kind", Span::mixed_site());
    let named = reference::expression(&named, &runtime);
    quote! {
        match #named {
            #entry => {
                #[allow(unused_imports)]
                use #rt::{
                    HoldOwned as _, HoldShared as _, WrapBare as _, WrapOption as _,
                    WrapResult as _, WrapResultOption as _,
                };
                let #kind = #entry.kind();
                #rt::entry(#entry, (&&(&&&&#kind).wrap()).hold())
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
    let entries = references.iter().map(|reference| reference::expression(reference, runtime));
    let key = Ident::new("key", Span::mixed_site());
    let tags = tags.iter().map(|tag| key::render(tag, &key, |value| part(&key, value)));
    quote!(#rt::Selectors::new() #(.entry(#entries))* #(.tag(|#key| { #tags }))*)
}

/// A function that writes.
struct Writer<'a> {
    invalidates: &'a Invalidates,
    runtime: Runtime,
    write: Ident,
    returned: Ident,
}

impl<'a> Writer<'a> {
    fn new(invalidates: &'a Invalidates) -> Self {
        Self {
            invalidates,
            runtime: Runtime(invalidates.runtime.clone()),
            write: Ident::new("write", Span::mixed_site()),
            returned: Ident::new("returned", Span::mixed_site()),
        }
    }

    fn function(&self) -> TokenStream {
        let returned = &self.returned;
        let Invalidates { function, form, returns, .. } = self.invalidates;
        let in_crate = policies::used(&self.invalidates.tags);
        let begin = self.begin();
        let end = self.end();
        let future = body::future(function, *form, returns);
        let steps = quote! {
            #in_crate
            #begin
            let #returned = #future.await;
            #end
            #returned
        };
        body::replaced(function, *form, steps)
    }

    /// Names everything that is known before the body runs, and guards it.
    fn begin(&self) -> TokenStream {
        let Invalidates { references, tags, guard, hold, only_ok, .. } = self.invalidates;
        let (rt, write) = (self.runtime.at(Span::mixed_site()), &self.write);
        let part = |writer: &Ident, value: &Value| self.part(writer, value);
        let selectors = selectors(references, tags, part, &self.runtime);
        let hold = hold.map(|milliseconds| quote!(.hold_ms(#milliseconds)));
        let only_ok = only_ok.then(|| quote!(.only_ok()));
        let deadline = match guard {
            Guard::Default | Guard::Required(_) => None,
            Guard::Off => Some(quote!(.guard_off())),
            Guard::For(milliseconds) => Some(quote!(.guard_ms(#milliseconds))),
        };
        let begin = if let Guard::Required(span) = guard {
            // `?` says what the error has to be made from, at the option
            let write = key::located(write, *span);
            quote_spanned!(*span=> #write.begin_required().await?)
        } else {
            quote!(#write.begin().await)
        };
        quote! {
            let #write = #rt::Write::new(#selectors) #deadline #hold #only_ok;
            let mut #write = #begin;
        }
    }

    fn part(&self, writer: &Ident, value: &Value) -> TokenStream {
        key::part(writer, value, Held::in_function(&self.invalidates.arguments, value))
    }

    /// Says how the function ended, and names what only its result tells.
    fn end(&self) -> TokenStream {
        let Self { write, returned, .. } = self;
        let rt = self.runtime.at(Span::mixed_site());
        let name = |name| Ident::new(name, Span::mixed_site());
        let (kind, value, ok) = (name("kind"), name("value"), name("ok"));
        let after = self.invalidates.after.iter().map(|after| {
            let closure = self.closure(after);
            quote!(#write.also(#rt::after(&(&&#kind).end(), #closure)(#value));)
        });
        quote! {
            let #ok = {
                #[allow(unused_imports)]
                use #rt::{EndAny as _, EndResult as _};
                let #kind = #rt::Kind::of(&#returned);
                match #rt::Ended::success((&&#kind).end(), &#returned) {
                    ::core::option::Option::Some(#value) => {
                        #(#after)*
                        true
                    }
                    ::core::option::Option::None => false,
                }
            };
            #write.end(#ok).await;
        }
    }

    /// The user's closure, with the references in it compiled.
    fn closure(&self, after: &After) -> TokenStream {
        let part = |writer: &Ident, value: &Value| self.part(writer, value);
        let body = selectors(&after.references, &[], part, &self.runtime);
        let body = Box::new(syn::Expr::Verbatim(body));
        ExprClosure { body, ..after.closure.clone() }.into_token_stream()
    }
}
