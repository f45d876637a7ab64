//! `#[cache_policy]`: every annotated method of an `impl` or a trait, and their companions.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use super::generics::Kept;
use super::item::conditions;
use super::{Runtime, cached, each, fallback, hidden, in_trait, invalidates, through};
use crate::model::Owner;
use crate::model::cache_policy::{Cache, CachePolicy, CheckedMethod};
use crate::parse::cache_policy::{Block, Member};
use crate::parse::function::Function;

/// The item with its methods compiled; one with a mistake stays as it is.
pub(crate) fn item(policy: &CachePolicy<'_>) -> TokenStream {
    let CachePolicy { block, methods, runtime } = policy;
    let mut methods = methods.iter();
    let mut expansion = Expansion::default();
    for member in &block.members {
        match member {
            Member::Other { tokens, .. } => tokens.to_tokens(&mut expansion.members),
            Member::Method(_) => {
                if let Some(method) = methods.next() {
                    expansion.method(block, method);
                }
            }
        }
    }
    expansion.imports = imports(block, &Runtime::of(runtime.clone()));
    expansion.around(block)
}

/// Uses the attributes that were taken off the methods: their imports would be unused. The inner
/// import finds those of the module if there are any, the outer one is there if there are none.
fn imports(block: &Block, runtime: &Runtime) -> TokenStream {
    let mut names: Vec<&Ident> = attributes(block).filter_map(|path| path.get_ident()).collect();
    names.sort();
    names.dedup();
    let at = hidden(block.keyword());
    let rt = runtime.at(at);
    quote_spanned! {at=>
        #[allow(unused_imports, clippy::wildcard_imports)]
        const _: () = {
            use #rt::attributes::*;
            const _: () = {
                use self::*;
                #(use #names as _;)*
            };
        };
    }
}

fn attributes<'a>(block: &'a Block) -> impl Iterator<Item = &'a Path> {
    let ours = |member: &'a Member| match member {
        Member::Method(method) => Some(method.cached.iter().chain(&method.invalidates)),
        Member::Other { .. } => None,
    };
    block.members.iter().filter_map(ours).flatten().map(syn::Attribute::path)
}

/// The tokens of a block, by where they stand.
#[derive(Default)]
struct Expansion {
    /// The members between the braces.
    members: TokenStream,
    /// The companions of the methods of a trait that the type implements.
    inherent: TokenStream,
    /// Items beside the block.
    outside: TokenStream,
    /// The names of the attributes, used.
    imports: TokenStream,
    /// The names of the companions that exist in every build.
    companions: BTreeSet<String>,
}

impl Expansion {
    fn method(&mut self, block: &Block, checked: &CheckedMethod<'_>) {
        let CheckedMethod { method, owner, cache, invalidates } = checked;
        let (function, companion) = match cache {
            Cache::None if checked.is_faulty() => {
                (fallback::untouched(&method.function), TokenStream::new())
            }
            Cache::None => (method.function.clone(), TokenStream::new()),
            Cache::Sound(model) => {
                let (function, parts) = cached::parts(model);
                // of a second method of one name there is an error without the companion's names
                if self.is_second(&model.companion, &model.function) {
                    (function, TokenStream::new())
                } else {
                    self.outside.extend(parts.outside);
                    self.outside.extend(in_trait::agreement(model, block));
                    (function, parts.with)
                }
            }
            Cache::OfAnother(model) => (through::other(model), TokenStream::new()),
            Cache::OfMany(model) => (each::function(model), TokenStream::new()),
            Cache::Faulty(options) => fallback::parts(&method.function, options, owner),
        };
        if method.has_body {
            // the last one is the innermost, as if each were compiled by itself
            let written = invalidates
                .iter()
                .rev()
                .fold(function, |function, model| invalidates::function(model, &function));
            written.to_tokens(&mut self.members);
        } else {
            let (attributes, signature) = (&method.function.attributes, &method.function.signature);
            self.members.extend(quote!(#(#attributes)* #signature;));
        }
        match owner {
            Owner::ImplOf { .. } => self.inherent.extend(companion),
            Owner::Module | Owner::Impl { .. } | Owner::Trait { .. } => {
                self.members.extend(companion);
            }
        }
    }

    /// Whether another method has that companion, in every build.
    fn is_second(&mut self, companion: &Ident, function: &Function) -> bool {
        let always = conditions(&function.attributes).next().is_none();
        always && !self.companions.insert(companion.to_string())
    }

    fn around(self, block: &Block) -> TokenStream {
        let Self { members, inherent, outside, imports, .. } = self;
        let item = block.with_members(members);
        let inherent = block.implementor().filter(|_| !inherent.is_empty()).map(|(ty, generics)| {
            let Kept { params, predicates } = Kept::of(generics, [ty].into_iter(), [].into_iter());
            let at = hidden(block.keyword());
            let params = (!params.is_empty()).then(|| quote_spanned!(at=> <#(#params),*>));
            // where rustc offers to add a type parameter to the block, see `named`
            let impl_token = syn::Token![impl](block.keyword());
            quote_spanned!(at=> #[doc(hidden)] #impl_token #params #ty where #(#predicates),* { #inherent })
        });
        quote!(#imports #item #inherent #outside)
    }
}
