//! A batch function: what is cached is given, and the rest is loaded by one call of its body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, FnArg, Pat, Type};

use super::background::Owning;
use super::{Runtime, body, bounds, closure, connection, hidden, reference};
use crate::model::each::{Copied, Each, Lent};
use crate::parse::function::Function;

/// The function around the body that the user wrote.
pub(crate) fn function(each: &Each) -> Function {
    let runtime = Runtime::of(each.runtime.clone());
    let at = hidden(each.target.name().map_or_else(Span::call_site, Ident::span));
    let name = |name| Ident::new(name, at);
    let batch = Batch {
        each,
        runtime: &runtime,
        owning: each.background.as_ref().map(|background| {
            Owning::new(background, &runtime, each.function.signature.ident.span())
        }),
        at,
        list: name("list"),
        naming: name("naming"),
        one: name("one"),
    };
    body::replaced(&batch.signature(), each.form, batch.steps())
}

struct Batch<'a> {
    each: &'a Each,
    runtime: &'a Runtime,
    owning: Option<Owning<'a>>,
    at: Span,
    list: Ident,
    naming: Ident,
    one: Ident,
}

impl Batch<'_> {
    /// The function with its arguments as the generated code has them.
    fn signature(&self) -> Function {
        let mut function = match &self.owning {
            Some(owning) => owning.function(&self.each.function),
            None => self.each.function.clone(),
        };
        for input in &mut function.signature.inputs {
            if let FnArg::Typed(typed) = input
                && let Pat::Ident(pattern) = &mut *typed.pat
            {
                let is_copied = self.each.copied.iter().any(|copied| copied.name == pattern.ident);
                let is_list = self.each.list.name() == Some(&pattern.ident);
                if is_copied || is_list {
                    pattern.mutability = None;
                }
            }
        }
        function
    }

    fn steps(&self) -> TokenStream {
        let Self { each, at, list, naming, one, .. } = self;
        let rt = self.runtime.at(*at);
        let proofs = bounds::proofs(&each.proofs, self.runtime);
        let (listed, named) = (self.listed(), self.reference());
        let element = &each.element;
        let reader = each.target.name().map_or(*at, Ident::span);
        let of_reader = self.runtime.at(reader);
        let by_caller =
            self.owning.is_none().then(|| quote_spanned!(*at=> #rt::loaded_by_caller(&#naming);));
        let (all, plan, look) = (self.all(), self.plan(), self.look());
        let body = self.body();
        let chunk = usize::try_from(each.chunk).unwrap_or(usize::MAX);
        let load = if self.owning.is_some() {
            quote_spanned!(*at=> load_each_owned)
        } else {
            quote_spanned!(*at=> load_each)
        };
        quote_spanned! {*at=>
            #proofs
            let #list = #listed;
            let #naming = #rt::naming(&#list, |#element| #named);
            #by_caller
            let #one = {
                #[allow(unused_imports)]
                use #rt::shapes::*;
                let __read = #naming.kind();
                let __shape = (&&(&&&&__read).__wrap()).__hold();
                #of_reader::one_of(&#naming, __shape)
            };
            let __all = #all;
            let __plan = #plan;
            #look
            let __body = #body;
            #rt::#load(#list, #naming, __plan, __all, #chunk, __body).await
        }
    }

    /// The ids, as the runtime has them.
    fn listed(&self) -> TokenStream {
        let list = &self.each.list;
        let (at, name) = (list.ty.span(), list.name());
        let rt = self.runtime.at(at);
        match self.each.lent {
            Lent::Slice | Lent::Borrowed => quote_spanned!(at=> #rt::listed(#name)),
            Lent::Owned => quote_spanned!(at=> #rt::listed(&#name)),
        }
    }

    fn reference(&self) -> TokenStream {
        reference::expression(&self.each.target, self.runtime)
    }

    /// What is known of the return type.
    fn all(&self) -> TokenStream {
        let Self { each, naming, one, .. } = self;
        let returns = &each.returns;
        let at = returns.span();
        let rt = self.runtime.at(at);
        let all = match &each.id {
            None => quote_spanned!(at=> __held.all(__wrapped, (&&__kind).__errors())),
            Some(id) => {
                let by = self.by(id);
                quote_spanned!(at=> __held.all_by(__wrapped, (&&__kind).__errors(), #one, #by))
            }
        };
        quote_spanned! {at=>
            {
                #[allow(unused_imports)]
                use #rt::shapes::*;
                let __kind = #rt::Kind::<#returns>::new();
                let __wrapped = (&&&&__kind).__wrap();
                let __held = #rt::held(&#naming, &#one);
                #all
            }
        }
    }

    /// The closure that names the entry of a value.
    fn by(&self, id: &ExprClosure) -> TokenStream {
        let at = hidden(id.span());
        let rt = self.runtime.at(at);
        let (element, named) = (&self.each.element, self.reference());
        let id = closure::checked(id, "value", self.runtime);
        let value = Ident::new("__value", at);
        let named = quote_spanned! {at=>
            {
                // the option takes no path of a method
                #[allow(clippy::redundant_closure, clippy::redundant_closure_for_method_calls)]
                let #element = &#rt::id_of(#value, #id);
                #named
            }
        };
        let Some(owning) = &self.owning else { return quote_spanned!(at=> |#value| #named) };
        let mut by: ExprClosure = syn::parse_quote_spanned!(at=> |#value| ());
        *by.body = Expr::Verbatim(named);
        let copies = self.each.copied.iter().filter(|copied| copied.in_reference).map(copy);
        let by = owning.closure(by, |used| used.by);
        quote_spanned!(at=> { #(#copies)* #by })
    }

    fn plan(&self) -> TokenStream {
        let (at, one) = (self.at, &self.one);
        let rt = self.runtime.at(at);
        let store_if = self.each.store_if.as_ref().map(|condition| {
            let closure = closure::checked(condition, "value", self.runtime);
            let closure = match &self.owning {
                Some(owning) => owning.closure(closure, |used| used.store_if),
                None => closure.into_token_stream(),
            };
            quote_spanned!(condition.span()=> .store_if(#closure))
        });
        quote_spanned!(at=> #rt::Plan::new(#one) #store_if)
    }

    /// Looks at what may be an open transaction.
    fn look(&self) -> Option<TokenStream> {
        let connections = &self.each.connections;
        if connections.is_empty() {
            return None;
        }
        let (at, naming) = (self.at, &self.naming);
        let (rt, given) = (self.runtime.at(at), connection::given(connections));
        Some(quote_spanned! {at=>
            if #rt::LOOKS_FOR_TRANSACTIONS {
                #rt::look_for_transactions(&#naming, &#(self.list), #given);
            }
        })
    }

    /// The body, as a closure of the ids that are to be loaded.
    fn body(&self) -> TokenStream {
        let Self { each, at, list, .. } = self;
        let rt = self.runtime.at(*at);
        let function = self.signature();
        let ids = Ident::new("__ids", *at);
        let lent = self.lent(&ids);
        let bound = self.owning.as_ref().map(Owning::bound);
        let first = quote!(#bound #lent);
        let future = body::future(&function, each.form, &each.returns, self.runtime, &first);
        let before = each.copied.iter().filter(|copied| copied.in_reference).map(copy);
        let copies = each.copied.iter().map(copy);
        let (own, again) = match &self.owning {
            Some(owning) => (owning.copies(), owning.copies_of_copies()),
            None => (TokenStream::new(), TokenStream::new()),
        };
        quote_spanned! {*at=>
            {
                #(#before)*
                #own
                #rt::each_body(&#list, move |#ids: ::std::vec::Vec<_>| {
                    #(#copies)*
                    #again
                    #future
                })
            }
        }
    }

    /// The statements by which the body has the ids under the user's name.
    fn lent(&self, ids: &Ident) -> TokenStream {
        let list = &self.each.list;
        let (pattern, mut ty) = (&list.pattern, list.ty.clone());
        let at = hidden(ty.span());
        // that of the caller's list is not that of this one
        if let Type::Reference(reference) = &mut ty {
            reference.lifetime = None;
        }
        let rt = self.runtime.at(at);
        match self.each.lent {
            Lent::Slice => quote_spanned!(at=> let #pattern: #ty = &#ids;),
            Lent::Owned => quote_spanned!(at=> let #pattern: #ty = #rt::list_of(#ids);),
            Lent::Borrowed => {
                let held = list.bare();
                quote_spanned! {at=>
                    let __held: #held = #rt::list_of(#ids);
                    let #pattern: #ty = &__held;
                }
            }
        }
    }
}

/// The statement that makes a copy of an argument under its name.
fn copy(copied: &Copied) -> TokenStream {
    let Copied { name, exists, mutability, .. } = copied;
    let at = hidden(name.span());
    quote_spanned! {at=>
        #exists
        #[allow(unused_mut)]
        let #mutability #name = ::core::clone::Clone::clone(&#name);
    }
}
