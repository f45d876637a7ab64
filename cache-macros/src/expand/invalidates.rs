//! A function that invalidates what it writes to, once it has returned.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ExprClosure;
use syn::spanned::Spanned;

use super::reference::selectors;
use super::write::{self, Steps, Write};
use super::{Runtime, bounds, closure, hidden, key, policies};
use crate::model::{Invalidates, Value};
use crate::parse::function::Function;
use crate::parse::invalidates::After;

/// The function with the invalidation around its body, which may be one that was expanded before.
pub(crate) fn function(invalidates: &Invalidates, function: &Function) -> Function {
    let Invalidates { form, returns, guarding, connections, runtime, .. } = invalidates;
    let runtime = Runtime::of(runtime.clone());
    let write = Write::new(function, *form, returns, guarding, connections, &runtime);
    Invalidating { invalidates, write }.function()
}

/// A function that invalidates.
struct Invalidating<'a> {
    invalidates: &'a Invalidates,
    write: Write<'a>,
}

impl Invalidating<'_> {
    fn function(&self) -> Function {
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
        closure::checked(&closure, "returned", self.write.runtime).into_token_stream()
    }
}
