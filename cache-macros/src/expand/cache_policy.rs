//! `#[cache_policy]`: every annotated method of an `impl` or a trait, and their companions.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use super::generics::Kept;
use super::{Runtime, cached, fallback, hidden, invalidates, through};
use crate::check::cache_policy::{Cache, Checked, check};
use crate::diag::{Errors, with_help};
use crate::model::Owner;
use crate::parse::attr::{CACHE_POLICY, Options};
use crate::parse::cache_policy::{Block, Member};
use crate::parse::mocked;

/// Expands `#[cache_policy(...)]`; below it an `#[automock]` is first.
pub(crate) fn attribute(options: TokenStream, item: &TokenStream) -> TokenStream {
    if mocked::is_mock(item.clone()) {
        // each of its parts says the same, and the compiler once
        let mut errors = Errors::default();
        errors.at(Span::call_site(), above_automock());
        return errors.into_tokens();
    }
    let unreported = &mut Errors::default();
    let runtime = Options::parse(&CACHE_POLICY, options.clone(), unreported).runtime;
    let rt = Runtime(runtime).at(Span::call_site());
    mocked::mocked_first(&options, item, &rt).unwrap_or_else(|| block(options, item))
}

/// The same below an `#[automock]`, which has seen nothing of it.
pub(crate) fn mocked(options: TokenStream, item: TokenStream) -> TokenStream {
    block(options, &mocked::revealed(item))
}

/// A method with a mistake stays as it is.
fn block(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut block = match Block::parse(item, &mut errors) {
        Ok(block) => block,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let options = block.all_options(options, &mut errors);
    let options = Options::parse(&CACHE_POLICY, options, &mut errors);
    let runtime = options.runtime.clone();
    let mut expansion = Expansion::default();
    let mut checked = check(&block, options, &mut errors).into_iter();
    for member in &block.members {
        match member {
            Member::Other { tokens, .. } => tokens.to_tokens(&mut expansion.members),
            Member::Method(_) => {
                let checked = checked.next().into_iter();
                checked.for_each(|method| expansion.method(&method, &block, runtime.as_ref()));
            }
        }
    }
    expansion.imports = imports(&block, &Runtime(runtime));
    let errors = errors.into_tokens();
    let block = expansion.around(&block);
    quote!(#block #errors)
}

fn above_automock() -> String {
    with_help(
        "`#[automock]` copies what stands below it to all that it makes, and `#[cache_policy]` with it",
        "put `#[cache_policy]` above `#[automock]`",
    )
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

#[derive(Default)]
struct Expansion {
    /// What stands between the braces.
    members: TokenStream,
    /// The companions of the methods of a trait that the type implements.
    inherent: TokenStream,
    /// What stands beside the item.
    outside: TokenStream,
    /// The names of the attributes, used.
    imports: TokenStream,
}

impl Expansion {
    fn method(&mut self, checked: &Checked<'_>, block: &Block, runtime: Option<&Path>) {
        let Checked { method, owner, cache, writes } = checked;
        let (mut function, companion) = match cache {
            Cache::None => (method.function.to_token_stream(), TokenStream::new()),
            Cache::Sound(model) => {
                let (function, parts) = cached::parts(model);
                self.outside.extend(parts.outside);
                (function, parts.with)
            }
            Cache::OfAnother(model) => (through::other(model), TokenStream::new()),
            Cache::Faulty(options) => {
                let (function, companion) = fallback::parts(&method.function, options, owner);
                (function.to_token_stream(), companion)
            }
        };
        if method.has_body {
            // the last one is the innermost, as if each were compiled by itself
            for targets in writes.iter().rev() {
                function = invalidates::method(
                    targets.clone(),
                    &function,
                    Some(block.generics()),
                    runtime,
                );
            }
        } else {
            let (attributes, signature) = (&method.function.attributes, &method.function.signature);
            function = quote!(#(#attributes)* #signature;);
        }
        self.members.extend(function);
        match owner {
            Owner::ImplOf { .. } => self.inherent.extend(companion),
            Owner::Module | Owner::Impl | Owner::Trait { .. } => self.members.extend(companion),
        }
    }

    fn around(self, block: &Block) -> TokenStream {
        let Self { members, inherent, outside, imports } = self;
        let item = block.with_members(members);
        let inherent = block.implementor().filter(|_| !inherent.is_empty()).map(|(ty, generics)| {
            let Kept { params, predicates } = Kept::of(generics, [ty].into_iter(), [].into_iter());
            let at = hidden(block.keyword());
            quote_spanned!(at=> #[doc(hidden)] impl<#(#params),*> #ty where #(#predicates),* { #inherent })
        });
        quote!(#imports #item #inherent #outside)
    }
}
