//! The rules between the methods of one `impl` or trait, and the options that they share.

use proc_macro2::TokenStream;
use syn::{Expr, ExprMethodCall, GenericParam, Ident, PathArguments, Signature, Type};

use super::wildcard::Grouping;
use super::{defaults, overlap, parameters, through};
use crate::diag::{Errors, nearest, with_help};
use crate::model::{Cached, Owner, WritesOther};
use crate::parse::attr::{CACHED, Options};
use crate::parse::cache_policy::{Block, Member, Method, arguments};
use crate::parse::function::Function;
use crate::parse::invalidates::{INVALIDATES, Targets};
use crate::parse::reference::Reference;
use crate::parse::template::Template;

/// An annotated method, as far as it could be compiled.
pub(crate) struct Checked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) owner: Owner,
    pub(crate) cache: Cache,
    /// What its `#[invalidates]` name; those in which a mistake was reported are left out.
    pub(crate) writes: Vec<TokenStream>,
}

/// What became of a method's `#[cached]`.
pub(crate) enum Cache {
    None,
    Sound(Box<Cached>),
    /// It writes the entry of another function, and has none of its own.
    OfAnother(Box<WritesOther>),
    Faulty(Box<Options>),
}

/// Checks every method by itself, then all of them together. One result for each annotated
/// method, in their order.
pub(crate) fn check<'a>(
    block: &'a Block,
    mut shared: Options,
    errors: &mut Errors,
) -> Vec<Checked<'a>> {
    let methods: Vec<&Method> = methods(block).collect();
    if methods.is_empty() && errors.is_empty() {
        errors.at(block.keyword(), nothing_annotated());
    }
    defaults::check(&mut shared, block, &methods, errors);
    let own = own_type(block) || !methods.iter().any(|method| method.cached.is_some());
    if !own {
        let message = with_help(
            "cached methods need a type of this crate: references to their entries become \
             functions of it",
            "implement the trait for a struct, and cache there",
        );
        let ty = block.implementor().map(|(ty, _)| ty);
        errors.over(ty, message);
    }
    let named: Vec<Named<'_>> =
        methods.iter().map(|method| Named::new(block, method, &shared, errors)).collect();
    if errors.is_empty() {
        // what could not be read may have named them
        parameters::of_block(block.generics(), &named, errors);
    }
    overlap::check(&named, errors);
    misspelt_tags(&named, errors);
    let reachable = Names::of(block, &named);
    let check = |mut named: Named<'a>| {
        // the functions stay as they are, or each would be an error of its own
        named.options = named.options.filter(|_| own);
        named.check(block, &reachable, errors)
    };
    named.into_iter().map(check).collect()
}

fn methods(block: &Block) -> impl Iterator<Item = &Method> {
    block.members.iter().filter_map(|member| match member {
        Member::Method(method) => Some(&**method),
        Member::Other { .. } => None,
    })
}

fn nothing_annotated() -> String {
    with_help(
        "`#[cache_policy]` has no effect: no method here has `#[cached]` or `#[invalidates]`",
        "put `#[cached(...)]` on a method, or leave `#[cache_policy]` out",
    )
}

/// A method with what its attributes say.
pub(super) struct Named<'a> {
    pub(super) method: &'a Method,
    /// Of `#[cached]`, with the shared ones.
    pub(super) options: Option<Options>,
    targets: Vec<Targets>,
}

impl<'a> Named<'a> {
    fn new(block: &Block, method: &'a Method, shared: &Options, errors: &mut Errors) -> Self {
        let options = method.cached.as_ref().map(|attribute| {
            let mut options = Options::parse(&CACHED, arguments(attribute), errors);
            let names = defaults::names(block, &method.function.signature);
            defaults::apply(shared, &mut options, &names);
            options
        });
        // its mistakes are reported where it is expanded
        let unreported = &mut Errors::default();
        let read = |attribute| Targets::parse(&INVALIDATES, arguments(attribute), unreported);
        let targets = method.invalidates.iter().map(read).collect();
        Self { method, options, targets }
    }

    pub(super) fn name(&self) -> &Ident {
        &self.method.function.signature.ident
    }

    fn check(self, block: &Block, names: &Names<'_>, errors: &mut Errors) -> Checked<'a> {
        let Self { method, options, targets } = self;
        let owner = owner(block, method);
        let cache = match options {
            None => Cache::None,
            Some(options) => cache(block, method, &owner, options, errors),
        };
        let mut writes = Vec::new();
        for (attribute, targets) in method.invalidates.iter().zip(&targets) {
            let before = errors.count();
            names.dangling(targets, errors);
            no_body(method, "invalidates", errors);
            if errors.count() == before {
                writes.push(arguments(attribute));
            }
        }
        Checked { method, owner, cache, writes }
    }
}

fn owner(block: &Block, method: &Method) -> Owner {
    match block.own_trait() {
        Some(name) => Owner::Trait { name: name.clone(), provided: method.has_body },
        None => block.of_trait().map_or(Owner::Impl, |path| Owner::ImplOf {
            path: path.clone(),
            name: block.unique_name(),
        }),
    }
}

fn cache(
    block: &Block,
    method: &Method,
    owner: &Owner,
    options: Options,
    errors: &mut Errors,
) -> Cache {
    let before = errors.count();
    if options.gives("writes") {
        no_body(method, "cached", errors);
        let model = through::other(&method.function, Some(block.generics()), options, errors);
        let sound = model.filter(|_| errors.count() == before);
        return sound.map_or(Cache::None, |model| Cache::OfAnother(Box::new(model)));
    }
    let model =
        super::cached(&method.function, owner.clone(), Some(block.generics()), &options, errors);
    if !method.has_body {
        without_effect(&method.function, &options, errors);
    }
    match model {
        Some(mut model) if errors.count() == before => {
            defaults::generalize(&mut model, block);
            Cache::Sound(Box::new(model))
        }
        _ => Cache::Faulty(Box::new(options)),
    }
}

/// Options that act on calls, which a method without a body has none of.
fn without_effect(function: &Function, options: &Options, errors: &mut Errors) {
    for option in options.named.iter().filter(|name| *name == "when" || *name == "store_if") {
        let name = &function.signature.ident;
        let message = with_help(
            &format!("`{option}` has no effect: `{name}` has no body here that would be called"),
            "write it where the method is implemented",
        );
        errors.at(option.span(), message);
    }
}

fn no_body(method: &Method, attribute: &str, errors: &mut Errors) {
    if method.has_body {
        return;
    }
    let name = &method.function.signature.ident;
    let message = with_help(
        &format!("`{name}` has no body here, so there is nothing for `#[{attribute}]` to run"),
        &format!("put `#[{attribute}(...)]` on the method in the `impl`"),
    );
    errors.at(name.span(), message);
}

/// Whether the type can get functions of its own, which references need: as far as its name tells,
/// it is of this crate.
fn own_type(block: &Block) -> bool {
    const FOREIGN: [&str; 5] = ["Arc", "Box", "Option", "Rc", "Vec"];
    let (Some((ty, generics)), Some(_)) = (block.implementor(), block.of_trait()) else {
        return true;
    };
    let Type::Path(path) = ty else { return false };
    let parameter = |param: &GenericParam| matches!(param, GenericParam::Type(param) if path.path.is_ident(&param.ident));
    let last = path.path.segments.last();
    !generics.params.iter().any(parameter)
        && last.is_some_and(|last| !FOREIGN.iter().any(|name| last.ident == name))
}

/// The methods that references can mean.
struct Names<'a> {
    cached: Vec<(&'a Signature, Option<Grouping>)>,
    others: Vec<&'a Signature>,
}

impl<'a> Names<'a> {
    fn of(block: &'a Block, named: &[Named<'a>]) -> Self {
        let (mut named, mut cached, mut others) = (named.iter(), Vec::new(), Vec::new());
        for member in &block.members {
            match member {
                Member::Method(method) => {
                    let signature = &method.function.signature;
                    let grouping = named.next().and_then(Grouping::of);
                    if method.cached.is_some() {
                        cached.push((signature, grouping));
                    } else {
                        others.push(signature);
                    }
                }
                Member::Other { signature, .. } => others.extend(signature.as_deref()),
            }
        }
        Self { cached, others }
    }

    /// Reports references to methods of this block that are not cached, and to groups that they do not declare.
    fn dangling(&self, targets: &Targets, errors: &mut Errors) {
        let after = targets.after.iter().flat_map(|after| &after.references);
        for reference in targets.references.iter().chain(after) {
            match reference {
                Reference::Method(call) if is_self(call) => {
                    self.method(reference, &call.method, errors);
                }
                Reference::Associated(call) if is_of_self(&call.path.path) => {
                    let name = call.name().into_iter();
                    name.for_each(|name| self.associated(reference, name, errors));
                }
                _ => {}
            }
        }
    }

    fn method(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        let found = self.cached.iter().find(|(signature, _)| signature.ident == *name);
        match found {
            Some((signature, _)) if signature.receiver().is_none() => {
                let what = format!("`{name}` takes no `self`");
                errors.at(name.span(), with_help(&what, &format!("write `Self::{name}(...)`")));
            }
            _ => self.associated(reference, name, errors),
        }
    }

    fn associated(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        let mut known =
            self.cached.iter().filter(|(signature, _)| signature.ident == *name).peekable();
        if known.peek().is_none() && self.others.iter().any(|signature| signature.ident == *name) {
            let what = format!("`{name}` is not cached, so it has no entries");
            let help = format!("put `#[cached(...)]` on `{name}`, or leave the reference out");
            errors.at(name.span(), with_help(&what, &help));
        }
        let grouping = known.find_map(|(_, grouping)| grouping.as_ref());
        if let Some(grouping) = grouping {
            grouping.check(reference, errors);
        }
    }
}

fn is_self(call: &ExprMethodCall) -> bool {
    matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"))
}

/// Whether the path is `Self::name`.
fn is_of_self(path: &syn::Path) -> bool {
    path.segments.len() == 2
        && path.segments.first().is_some_and(|first| {
            first.ident == "Self" && matches!(first.arguments, PathArguments::None)
        })
}

/// Reports tags that are invalidated here and are nearly those that are declared here. Others may
/// belong to functions elsewhere, which `policies!` knows.
fn misspelt_tags(methods: &[Named<'_>], errors: &mut Errors) {
    let declared = methods.iter().filter_map(|method| method.options.as_ref());
    let declared: Vec<&Template> = declared.flat_map(|options| &options.tags).collect();
    let invalidated = methods.iter().flat_map(|method| &method.targets);
    for tag in invalidated.flat_map(|targets| &targets.tags) {
        let shape = tag.shape();
        if declared.iter().any(|known| known.shape() == shape) {
            continue;
        }
        let shapes: Vec<_> = declared.iter().map(|known| (known.shape(), known)).collect();
        let Some(meant) = nearest(&shape, shapes.iter().map(|(known, _)| known.as_str())) else {
            continue;
        };
        let meant = shapes.iter().find(|(known, _)| known == meant);
        let meant = meant.map(|(_, known)| known.literal.value()).unwrap_or_default();
        let what = format!("no method here declares the tag `{}`", tag.literal.value());
        errors.at(tag.literal.span(), with_help(&what, &format!("write `\"{meant}\"`")));
    }
}
