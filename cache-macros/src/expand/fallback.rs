//! What is emitted beside the errors: the function as written, and a companion that takes
//! anything, so that a mistake in the attribute breaks nothing else.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::visit::{self, Visit};
use syn::{Path, Type};

use super::companion::of_free;
use super::generics::Kept;
use super::item::{conditions, quiet, visibility};
use super::names::{Names, group_name};
use super::{Runtime, hidden};
use crate::diag::argument;
use crate::model::Owner;
use crate::parse::args::{Arguments, plain};
use crate::parse::attribute::is_cached;
use crate::parse::function::Function;
use crate::parse::options::Options;
use crate::parse::signature::{awaited, is_associated, is_boxed_future};
use crate::parse::template::Template;

/// The function without its cache.
pub(crate) fn expand(function: &Function, options: &Options) -> TokenStream {
    let owner = Owner::of(&function.signature);
    // in an `impl` that cannot hold the companion
    let alone = is_boxed_future(&function.signature) || is_associated(function);
    let (function, companion) = parts(function, options, &owner);
    if alone {
        return function.into_token_stream();
    }
    quote!(#function #companion)
}

/// The function as written. What only its attributes read is unused now.
pub(crate) fn untouched(function: &Function) -> Function {
    let mut function = function.clone();
    function.attributes.push(syn::parse_quote!(#[allow(unused_variables)]));
    function
}

/// The function without its cache and its companion, each by itself.
pub(super) fn parts(
    function: &Function,
    options: &Options,
    owner: &Owner,
) -> (Function, TokenStream) {
    let mut function = untouched(function);
    // a second `#[cached]` would bring a second companion
    function.attributes.retain(|attribute| !is_cached(attribute));
    let companion = companion(&function, options, owner);
    (function, companion)
}

fn companion(function: &Function, options: &Options, owner: &Owner) -> TokenStream {
    let companion = options.companion.value().unwrap_or(&function.signature.ident);
    let entry = Entry { function, options, owner };
    if matches!(owner, Owner::Module) {
        let runtime = Runtime::of(options.runtime.value().cloned());
        let name = Ident::new("entry", Span::mixed_site());
        let (entry, rt) =
            (entry.entry(&name, Some(&quote!(self,))), runtime.at(Span::mixed_site()));
        let groups = quote!(#rt::Groups::unknown());
        return of_free(function, companion, 0, &groups, &entry, &TokenStream::new(), &runtime);
    }
    let (quiet, conditions) = (quiet(), conditions(&function.attributes));
    let conditions: Vec<_> = conditions.collect();
    let Names { entry: plain, self_entry, .. } = Names::of_method(companion);
    let mut functions = entry.functions(&plain, |group| Names::group(&plain, group), None);
    if function.signature.receiver().is_some() {
        let of = |group: &Ident| Names::group(&self_entry, group);
        functions.extend(entry.functions(&self_entry, of, Some(&quote!(&self,))));
    }
    let functions = functions.iter();
    functions.map(|function| quote!(#(#conditions)* #quiet #function)).collect()
}

/// The expression of an `invalidate!` with a mistake: of the type that is expected, or what is done with it would be
/// said to be unreachable.
pub(crate) fn invalidate(runtime: &Runtime) -> TokenStream {
    let rt = runtime.at(Span::mixed_site());
    quote!(#rt::invalidate(#rt::Selectors::new()))
}

/// The expression of an `entry!` with a mistake.
pub(crate) fn entry() -> TokenStream {
    quote!(::core::unreachable!())
}

struct Entry<'a> {
    function: &'a Function,
    options: &'a Options,
    owner: &'a Owner,
}

impl Entry<'_> {
    /// A function for an entry, called `name`, and one for each group that a reference could name.
    fn functions(
        &self,
        name: &Ident,
        group: impl Fn(&Ident) -> Ident,
        receiver: Option<&TokenStream>,
    ) -> Vec<TokenStream> {
        let rt = Runtime::of(self.options.runtime.value().cloned()).at(Span::mixed_site());
        let entry = self.entry(name, receiver);
        let groups = self.groups().into_iter().map(|given| {
            let name = group(&group_name(&given, name.span()));
            let inputs = given.into_iter().filter(|given| *given).count();
            self.function(&name, inputs, &quote!(#rt::Group), None, receiver)
        });
        std::iter::once(entry).chain(groups).collect()
    }

    fn entry(&self, name: &Ident, receiver: Option<&TokenStream>) -> TokenStream {
        let rt = Runtime::of(self.options.runtime.value().cloned()).at(Span::mixed_site());
        let returns = self.returns();
        let entry = quote!(#rt::Reference<#returns, #rt::Local>);
        self.function(name, self.arity(), &entry, Some(&returns), receiver)
    }

    fn function(
        &self,
        name: &Ident,
        inputs: usize,
        returns: &TokenStream,
        mentioned: Option<&Type>,
        receiver: Option<&TokenStream>,
    ) -> TokenStream {
        let visibility = visibility(self.owner, self.function);
        let sized =
            matches!(self.owner, Owner::Trait { .. }).then(|| quote!(Self: ::core::marker::Sized,));
        let generics = &self.function.signature.generics;
        let kept = Kept::of(generics, mentioned.into_iter(), [].into_iter());
        let (params, predicates) = (kept.params, kept.predicates);
        let inputs = (0..inputs).map(|_| quote!(_: &(impl ?::core::marker::Sized)));
        let span = hidden(name.span());
        quote_spanned! {span=>
            #visibility fn #name<#(#params),*>(
                #receiver #(#inputs),*
            ) -> #returns where #sized #(#predicates),* {
                ::core::unimplemented!()
            }
        }
    }

    /// Which arguments a group may give. How many the key would have is not known.
    fn groups(&self) -> Vec<Vec<bool>> {
        let most =
            if self.options.groups.is_given() { self.function.signature.inputs.len() } else { 0 };
        let of = |arity: usize| {
            let given = move |bits: usize| (0..arity).map(move |at| bits >> at & 1 == 1).collect();
            (0..1_usize << arity).map(given)
        };
        (1..=most.min(5)).flat_map(of).collect()
    }

    /// What the function would return if it had no mistake.
    fn returns(&self) -> Type {
        // `Self::Item` means nothing outside of the `impl` of its trait
        let known = awaited(&self.function.signature).filter(|ty| !is_of_trait(ty));
        known.unwrap_or_else(|| syn::parse_quote!(()))
    }

    /// How many arguments a reference would pass, as well as that can be told.
    fn arity(&self) -> usize {
        let arguments = Arguments::of(&self.function.signature);
        let names = arguments.names();
        let meant = |root: &str| argument(root, &names).map(str::to_owned);
        let in_key = |name: &str| {
            let mut placeholders =
                self.options.key.value().into_iter().flat_map(Template::placeholders);
            placeholders.any(|placeholder| meant(&placeholder.root).as_deref() == Some(name))
        };
        let skipped =
            |name: &str| self.options.skip.items().iter().any(|skip| plain(&skip.root) == name);
        let readable = self.options.key.value().is_some_and(|key| key.sound);
        let counts =
            |name: &str| in_key(name) || (!readable && !skipped(name) && !name.starts_with('_'));
        let typed = arguments.typed.iter();
        typed.filter(|argument| argument.names.iter().any(|name| counts(&plain(name)))).count()
    }
}

/// Whether `Self::Item` is in the type.
fn is_of_trait(ty: &Type) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_path(&mut self, path: &'ast Path) {
            self.0 |= path.segments.len() > 1 && path.segments[0].ident == "Self";
            visit::visit_path(self, path);
        }
    }
    let mut find = Find(false);
    find.visit_type(ty);
    find.0
}
