//! A function of a companion, which renders a template from its arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Path, Type};

use super::generics::Kept;
use super::parameter::{self, Parameter};
use super::{Runtime, key};
use crate::model::{Cached, Key, Owner, Value};

/// The parts of a function that renders a template.
pub(super) struct Rendering<'a> {
    pub(super) name: &'a Ident,
    pub(super) visibility: &'a syn::Visibility,
    pub(super) receiver: Option<&'a TokenStream>,
    pub(super) key: &'a Key,
    pub(super) returns: TokenStream,
    /// The type of the user in what it returns.
    pub(super) mentions: Option<&'a Type>,
    /// The constants of the user in what it renders.
    pub(super) constants: Vec<&'a Path>,
    /// The function that makes the result of the policy and the key.
    pub(super) made_by: TokenStream,
    /// The policy and the slot of its cache.
    pub(super) policy: TokenStream,
    /// Calls on what is made.
    pub(super) then: TokenStream,
}

impl Rendering<'_> {
    pub(super) fn function(
        self,
        cached: &Cached,
        runtime: &Runtime,
        at: Span,
        parameters: &[Parameter<'_>],
    ) -> TokenStream {
        let Self { name, visibility, receiver, key: template, .. } = self;
        let Self { returns, made_by, policy, then, .. } = self;
        let kept = Kept::of(
            &cached.generics,
            parameters.iter().map(|parameter| &parameter.bare).chain(self.mentions),
            self.constants.into_iter(),
        );
        let (params, predicates) = (&kept.params, &kept.predicates);
        let in_trait = matches!(cached.owner, Owner::Trait { .. });
        let generic = kept.has_types() || parameters.iter().any(Parameter::is_generic);
        // so that the trait stays usable as `dyn`
        let dynamic = in_trait && receiver.is_some() && !generic;
        let sized =
            (in_trait && !dynamic).then(|| quote_spanned!(at=> Self: ::core::marker::Sized,));
        let (mut lifetimes, mut inputs, mut bindings) = (Vec::new(), Vec::new(), Vec::new());
        for parameter in parameters {
            inputs.push(parameter.input(runtime, dynamic, &mut lifetimes));
            bindings.extend(parameter.binding(runtime));
        }
        // not `key`, which an argument may be called: the macro around it makes all names of one hygiene
        let key = Ident::new("__key", at);
        let part = |writer: &Ident, value: &Value| parameter::part(parameters, writer, value);
        let render = key::render(template, &key, |value| part(&key, value));
        // the key need not read all that a pattern binds
        let quiet = (!bindings.is_empty()).then(|| quote_spanned!(at=> #[allow(unused_variables)]));
        quote_spanned! {at=>
            #quiet
            #visibility fn #name<#(#lifetimes,)* #(#params),*>(
                #receiver #(#inputs),*
            ) -> #returns where #sized #(#predicates),* {
                #(#bindings)*
                #made_by(#policy, |#key| { #render }) #then
            }
        }
    }
}
