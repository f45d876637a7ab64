//! The companion of a cached function: what references such as `get_user(id)` are compiled to.
//!
//! Beside a free function stands a struct of its name. It lives among the types, where it meets no
//! function, and it travels with `use` as the function does. A method's companion is a pair of
//! hidden functions in the same `impl`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Visibility};

use super::callsite::{self, Callsite, beside};
use super::item::{conditions, quiet, visibility};
use super::names::{self, Names, group_name};
use super::parameter::{self, Parameter};
use super::rendering::Rendering;
use super::unread::unread;
use super::{Runtime, hidden, in_trait, key, named, respan};
use crate::model::{Cached, Group, Key, Owner, Part, Root, Value};
use crate::parse::args::{Argument, plain};
use crate::parse::function::Function;
use crate::parse::words::Tier;

/// The call that adds a tag: `.tag("user")`, or `.tag_with(|key| …)` for one with placeholders.
pub(super) fn tag(tag: &Key, part: impl Fn(&Ident, &Value) -> TokenStream) -> TokenStream {
    let span = hidden(tag.literal.span());
    if !tag.parts.iter().any(|part| matches!(part, Part::Value(_))) {
        let text = tag.literal.value();
        return quote_spanned!(span=> .tag(#text));
    }
    let key = Ident::new("__key", Span::mixed_site());
    let render = key::render(tag, &key, |value| part(&key, value));
    quote_spanned!(span=> .tag_with(|#key| { #render }))
}

/// The companion of a function without mistakes.
pub(crate) struct Parts {
    /// Items beside the function; beside an `impl` of a trait they stand in one of the type itself.
    pub(crate) with: TokenStream,
    /// Items beside a trait, or beside the `impl` of one.
    pub(crate) outside: TokenStream,
}

pub(super) fn expand(cached: &Cached, runtime: &Runtime) -> Parts {
    let at = hidden(cached.companion.span());
    let companion = Companion { cached, runtime, at };
    match &cached.owner {
        Owner::Module => Parts { with: companion.of_free(), outside: TokenStream::new() },
        Owner::Impl { .. } => Parts { with: companion.methods(), outside: companion.names() },
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            let (names, beside) = (companion.names(), companion.beside(name));
            Parts { with: companion.methods(), outside: quote!(#names #beside) }
        }
    }
}

/// The companion of a free function, with the groups that references are held against, and with items of its own beside it.
pub(super) fn of_free(
    function: &Function,
    name: &Ident,
    key: u64,
    groups: &TokenStream,
    functions: &TokenStream,
    items: &TokenStream,
    runtime: &Runtime,
) -> TokenStream {
    let (at, quiet) = (name.span(), quiet());
    let name = &names::of_free(name);
    let conditions: Vec<_> = conditions(&function.attributes).collect();
    let visibility = respan(function.visibility.to_token_stream(), at);
    let (rt, span) = (runtime.at(hidden(at)), hidden(at));
    // where rustc offers to add a type parameter to the function, see `named`
    let impl_token = syn::Token![impl](function.signature.ident.span());
    let mut number = Literal::u64_unsuffixed(key);
    number.set_span(at);
    let key = quote_spanned!(at=> <#number>);
    // with the key in its type, so that of two functions of one name nothing clashes but the name
    let impls = quote_spanned! {span=>
        #[allow(dead_code)]
        #impl_token #name #key { #functions }
        #(#conditions)*
        impl #rt::Companion for #name #key {
            const DECLARED: (Self, #rt::Groups) = (Self {}, #groups);
        }
    };
    let rt = runtime.at(at);
    // in an `impl` rustc refuses the struct, and what the attribute holds goes with it; at the name, or an error about
    // the struct would show where all of it was expanded
    let beside = quote_spanned! {at=>
        #[#rt::cached_adds_a_type_of_this_name_unless_companion_gives_another { #impls #items }]
    };
    let items = quote_spanned! {span=>
        #(#conditions)*
        #beside
        #quiet
        #visibility struct #name<const KEY: u64 = #number> {}
    };
    quote_spanned!(at=> #rt::an_associated_function_needs_cache_policy_above_its_impl! { #items })
}

struct Companion<'a> {
    cached: &'a Cached,
    runtime: &'a Runtime,
    /// The function's name, where all of the companion is said to be.
    at: Span,
}

impl Companion<'_> {
    fn of_free(&self) -> TokenStream {
        let name = &self.cached.companion;
        let receiver = quote_spanned!(self.at=> self,);
        let entry = self.entry(&Ident::new("entry", name.span()), Some(&receiver));
        let groups = self.cached.groups.iter().map(|group| {
            let name = group_name(&self.given(group), self.at);
            self.group(&name, None, group)
        });
        let items = unread(self.cached, &self.parameters(), self.runtime, self.at);
        let declared = self.declared_groups();
        let functions = quote!(#entry #(#groups)*);
        let names = self.names();
        let items = quote!(#items #names);
        of_free(
            &self.cached.function,
            name,
            key::fingerprint(&self.cached.key.shape),
            &declared,
            &functions,
            &items,
            self.runtime,
        )
    }

    /// The functions that references to a method call: in the same `impl`, or provided by the trait, so that
    /// references work where only that is known.
    fn methods(&self) -> TokenStream {
        let Names { mut entry, mut self_entry, .. } = Names::of_method(&self.cached.companion);
        // an error about a reference shows the function
        entry.set_span(self.cached.companion.span());
        self_entry.set_span(self.cached.companion.span());
        let receiver = self.cached.arguments.receiver.as_ref().map(|receiver| {
            let token = receiver.self_token;
            quote_spanned!(self.at=> &#token,)
        });
        let with_self = receiver.as_ref().map(|receiver| self.entry(&self_entry, Some(receiver)));
        // a key that reads `self` cannot be named by `Repo::get(id)`
        let without_self = (!self.reads_self()).then(|| self.entry(&entry, None));
        let groups = self.cached.groups.iter().flat_map(|group| {
            let name = group_name(&self.given(group), self.at);
            let with_self = receiver.as_ref().map(|receiver| {
                self.group(&Names::group(&self_entry, &name), Some(receiver), group)
            });
            let without_self =
                (!self.reads_self()).then(|| self.group(&Names::group(&entry, &name), None, group));
            [with_self, without_self]
        });
        let groups: Vec<_> = groups.flatten().collect();
        let own = match self.cached.owner {
            Owner::Trait { ref name, .. } => {
                receiver.map(|receiver| in_trait::declared(self.cached, name, &receiver))
            }
            Owner::Module | Owner::Impl { .. } | Owner::ImplOf { .. } => None,
        };
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let functions = [own, with_self, without_self].into_iter().flatten().chain(groups);
        let functions: TokenStream = functions
            .map(|function| quote_spanned!(self.at=> #(#conditions)* #quiet #function))
            .collect();
        let demand = match self.cached.owner {
            // an `impl` of a trait has no place for them, and cannot be told from another one here
            Owner::Impl { .. } => "an_impl_of_a_trait_needs_cache_policy_above_it",
            // two traits may have a method of one name
            Owner::ImplOf { .. } => "methods_of_one_name_need_different_companions",
            Owner::Module | Owner::Trait { .. } => return functions,
        };
        let at = self.cached.companion.span();
        let (rt, demand) = (self.runtime.at(at), Ident::new(demand, at));
        quote_spanned!(at=> #rt::#demand! { #functions })
    }

    /// The struct that holds the callsite of a trait's method, and what the trait declares for it.
    fn beside(&self, owner: &Ident) -> TokenStream {
        let name = beside(owner, &self.cached.companion);
        let conditions: Vec<_> = conditions(&self.cached.function.attributes).collect();
        let quiet = quiet();
        let callsite = self.callsite_function();
        // a value of it is seen wherever the trait is implemented
        let in_trait = matches!(self.cached.owner, Owner::Trait { .. });
        let public = in_trait.then(|| quote_spanned!(self.at=> pub));
        let comparisons = in_trait.then(|| in_trait::comparisons(self.cached, self.runtime));
        quote_spanned! {self.at=>
            #(#conditions)*
            #quiet
            #public struct #name {}
            #(#conditions)*
            // the comparisons stand at the options, as code of the user would
            #[allow(dead_code, clippy::all, clippy::pedantic, clippy::nursery)]
            impl #name {
                #callsite
                #comparisons
            }
        }
    }

    fn reads_self(&self) -> bool {
        self.values().any(|value| matches!(value.root, Root::Receiver(_)))
    }

    fn visibility(&self) -> Visibility {
        visibility(&self.cached.owner, &self.cached.function)
    }

    fn callsite_function(&self) -> TokenStream {
        let visibility = self.visibility();
        let rt = self.runtime.at(self.at);
        let callsite = Callsite::of(self.cached, self.runtime);
        let (declared, name) = (callsite.declared(), callsite::name(self.at));
        let value = named::declaration_in_function(self.cached);
        quote_spanned! {self.at=>
            #visibility fn callsite() -> &'static #rt::Callsite { #value #declared &#name }
        }
    }

    /// The function that makes a checked reference to an entry.
    fn entry(&self, name: &Ident, receiver: Option<&TokenStream>) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let stored = &named::stored(self.cached);
        let tier = match self.cached.policy.settings.tier() {
            Tier::All | Tier::Remote => quote_spanned!(self.at=> #rt::Shared),
            Tier::Local => quote_spanned!(self.at=> #rt::Local),
        };
        let owns_loads = self.cached.policy.settings.owns_loads();
        let by_cache = owns_loads.then(|| quote_spanned!(self.at=> , #rt::ByCache));
        let parameters = self.parameters();
        let part = |writer: &Ident, value: &Value| parameter::part(&parameters, writer, value);
        let tags = self.cached.carried().map(|tag| self::tag(tag, part));
        Rendering {
            name,
            visibility: &self.visibility(),
            receiver,
            constants: self.constants().collect(),
            policy: Callsite::of(self.cached, self.runtime).referred(),
            key: &self.cached.key,
            returns: quote_spanned!(self.at=> #rt::Reference<#stored, #tier #by_cache>),
            mentions: Some(stored),
            made_by: quote_spanned!(self.at=> #rt::Reference::new),
            then: tags.collect(),
        }
        .function(self.cached, self.runtime, self.at, &parameters)
    }

    /// The function that makes a checked reference to a group.
    fn group(&self, name: &Ident, receiver: Option<&TokenStream>, group: &Group) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let mut parameters = self.parameters();
        parameters.retain(|parameter| group.names(parameter.argument));
        Rendering {
            name,
            visibility: &self.visibility(),
            receiver,
            constants: self.constants().collect(),
            policy: Callsite::of(self.cached, self.runtime).referred(),
            key: &group.tag,
            returns: quote_spanned!(self.at=> #rt::Group),
            mentions: None,
            made_by: quote_spanned!(self.at=> #rt::Group::new),
            then: TokenStream::new(),
        }
        .function(self.cached, self.runtime, self.at, &parameters)
    }

    /// The expression of the groups.
    fn declared_groups(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let function = plain(&self.cached.companion);
        let names = self.given_arguments();
        let names = names.iter().map(|argument| plain(&argument.names[0]));
        let groups = self.cached.groups.iter().map(|group| self.given(group));
        let groups = groups.map(|given| quote_spanned!(self.at=> &[#(#given),*]));
        quote_spanned! {self.at=>
            #rt::Groups::new(#function, &[#(#names),*], &[#(#groups),*])
        }
    }

    /// The arguments of a reference that the group names, as flags.
    fn given(&self, group: &Group) -> Vec<bool> {
        self.given_arguments().into_iter().map(|argument| group.names(argument)).collect()
    }

    /// The arguments that a reference gives. Of arguments that exist in different builds it gives one.
    fn given_arguments(&self) -> Vec<&Argument> {
        let mut given: Vec<&Argument> = Vec::new();
        for Parameter { argument, .. } in self.parameters() {
            let is_other = given.iter().any(|other| other.names == argument.names);
            if argument.condition.is_none() || !is_other {
                given.push(argument);
            }
        }
        given
    }

    /// The arguments that the key reads, in the order of the function.
    fn parameters(&self) -> Vec<Parameter<'_>> {
        let parameters = self.read().map(|(at, argument)| {
            let mut read = self.values().filter(|value| reads(value, argument));
            Parameter::new(at, argument, read.all(Value::is_whole), self.cached)
        });
        parameters.collect()
    }

    /// The arguments that the key reads, each with its place.
    fn read(&self) -> impl Iterator<Item = (usize, &Argument)> {
        let arguments = self.cached.arguments.typed.iter().enumerate();
        arguments.filter(|(_, argument)| self.key_values().any(|value| reads(value, argument)))
    }

    /// The names of types in these functions.
    fn names(&self) -> TokenStream {
        named::declarations(self.cached, self.read())
    }

    /// The constants in the key, among them const parameters.
    fn constants(&self) -> impl Iterator<Item = &Path> {
        self.values().filter_map(|value| match &value.root {
            Root::Constant(path) => Some(path),
            _ => None,
        })
    }

    fn key_values(&self) -> impl Iterator<Item = &Value> {
        values(&self.cached.key)
    }

    /// The placeholders of the key and of the tags.
    fn values(&self) -> impl Iterator<Item = &Value> {
        self.key_values().chain(self.cached.tags.iter().flat_map(values))
    }
}

fn reads(value: &Value, argument: &Argument) -> bool {
    matches!(&value.root, Root::Argument(name) if argument.names.contains(name))
}

fn values(key: &Key) -> impl Iterator<Item = &Value> {
    key.parts.iter().filter_map(|part| match part {
        Part::Value(value) => Some(value),
        Part::Text(_) => None,
    })
}
