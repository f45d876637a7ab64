//! A function that writes through: its value is in the cache when it returns.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::wrapper::{Variables, Wrapper};
use super::write::{self, Steps, Write};
use super::{Runtime, bounds, callsite, closure, hidden, key, reference};
use crate::model::{Writes, WritesOther, Written};
use crate::parse::args::Argument;
use crate::parse::function::Function;

/// The function that writes the entry under its own key.
pub(super) fn function(wrapper: &Wrapper<'_>, writes: &Writes) -> Function {
    let Variables { returns, key, plan, .. } = &wrapper.names;
    let (at, cached) = (wrapper.at, wrapper.cached);
    let rt = wrapper.runtime.at(at);
    let function = &cached.function;
    let (guarding, connections) = (&writes.guarding, &cached.connections);
    let write =
        Write::new(function, cached.form, &cached.returns, guarding, connections, wrapper.runtime);
    let template = &cached.key.literal;
    let declaration = write.declaration(&quote!(.through(#template)));
    let proofs = bounds::proofs(&cached.proofs, wrapper.runtime);
    let (known, make_plan) = (wrapper.returns(), wrapper.plan());
    let render = key::render(&cached.key, key, |value| wrapper.part(key, value));
    let own_callsite = callsite::own_callsite(cached, wrapper.runtime);
    let callsite = callsite::callsite(cached, at);
    let (begun, returned) = store(&write, &writes.value, plan, at);
    write.function(&Steps {
        prepare: quote_spanned! {at=>
            #own_callsite
            #declaration
            #proofs
            let #returns = #known;
            let #plan = #make_plan;
        },
        // the key is gone before anything is awaited
        selected: quote_spanned! {at=>
            {
                let #key = &mut #rt::KeyWriter::new();
                #render
                #rt::Write::new(#rt::Selectors::new()).through(#callsite, #key, &#plan)
            }
        },
        begun,
        returned,
        succeeded: TokenStream::new(),
    })
}

/// The function that writes the entry of another.
pub(crate) fn other(model: &WritesOther) -> Function {
    let WritesOther { function, form, returns, target, store_if, writes, connections, runtime } =
        model;
    let runtime = Runtime::of(runtime.clone());
    let stored = writes.value.argument().map_or(returns, Argument::bare);
    let at = target.name().map_or_else(Span::call_site, Ident::span);
    let names = Variables::new(at);
    let (answer, plan) = (&names.returns, &names.plan);
    let entry = Ident::new("entry", hidden(at));
    let write = Write::new(function, *form, returns, &writes.guarding, connections, &runtime);
    let entries = write::entries([target].into_iter());
    let declaration = write.declaration(&quote!(#entries.stores()));
    let known = answer_of_reader(at, &entry, stored, &runtime);
    let target = reference::expression(target, &runtime);
    let store_if = store_if.as_ref();
    let store_if = store_if.map(|condition| {
        let closure = closure::checked(condition, "value", &runtime);
        quote_spanned!(condition.span()=> .store_if(#closure))
    });
    // where the two values are compared: of a mismatch every use of the answer would be reported
    let (begun, returned) = store(&write, &writes.value, plan, at);
    let rt = runtime.at(at);
    write.function(&Steps {
        prepare: quote_spanned! {at=>
            #declaration
            let #entry = #target;
            let #answer = #known;
            let #plan = #rt::Plan::new(#answer) #store_if;
        },
        selected: quote_spanned! {at=>
            #rt::Write::new(#rt::Selectors::new()).through_entry(#entry)
        },
        begun,
        returned,
        succeeded: TokenStream::new(),
    })
}

/// The expression that finds out all about the value, which is stored as the reader of `entry` does. That both
/// are of one type is demanded at the reader's name, in one place: everything has that span, or rustc reports
/// it at each.
fn answer_of_reader(at: Span, entry: &Ident, stored: &Type, runtime: &Runtime) -> TokenStream {
    let rt = runtime.at(at);
    quote_spanned! {at=>
        {
            #[allow(unused_imports)]
            use #rt::shapes::*;
            let __entry = &#entry;
            let __read = __entry.kind();
            let __read = (&&(&&&&__read).__wrap()).__hold();
            let __kind = #rt::Kind::<#stored>::new();
            let __shape = (&&(&&&&__kind).__wrap()).__hold();
            let __storage = #rt::storage_of(__entry, __read, __shape);
            #rt::returns(__shape, __storage, (&&__kind).__errors(), (&&__shape).__compare())
        }
    }
}

/// The statements that take the value for the cache: an argument before the body may change it or move it away, what is
/// returned after the body.
fn store(write: &Write<'_>, value: &Written, plan: &Ident, at: Span) -> (TokenStream, TokenStream) {
    let Write { writing, returned, .. } = write;
    // by names of one hygiene, or rustc reports a value that cannot be stored here once more
    let call = |value: TokenStream| {
        quote_spanned! {at=>
            {
                let (__writing, __plan, __value) = (&mut #writing, &#plan, #value);
                __writing.store(__plan, __value);
            }
        }
    };
    match value {
        Written::Returned => (TokenStream::new(), call(quote!(&#returned))),
        Written::Argument(argument) => {
            let (_, references) = argument.unwrapped();
            let name = argument.name().map(ToTokens::to_token_stream);
            let value = match references {
                0 => quote!(&#name),
                1 => quote!(#name),
                more => {
                    let derefs = (1..more).map(|_| quote!(*));
                    quote!(#(#derefs)* #name)
                }
            };
            (call(value), TokenStream::new())
        }
    }
}
