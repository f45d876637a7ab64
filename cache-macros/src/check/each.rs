//! The rules for a batch function: its list, the entry of each id, and what else may decide the values.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{FnArg, Generics, Ident, Pat, PatIdent, ReceiverKind, Signature, Type};

use super::parameters::Parameters;
use super::side::Side;
use super::{batch, connection, element, owned, signature, used};
use crate::diag::{Errors, listed, nearest, with_help};
use crate::model::background::{Background, How};
use crate::model::each::{Copied, Each};
use crate::model::{Claim, Proof, Subject};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::condition;
use crate::parse::function::Function;
use crate::parse::options::Options;
use crate::parse::reference::Reference;
use crate::parse::skip::Skip;
use crate::parse::types::{is_mutable, is_plain_value};
use crate::parse::words::Strategy;

/// How many ids a body is called with at most, unless it is said.
const CHUNK: u32 = 500;

/// Checks a function that loads the entries of the reader that its `writes` names.
pub(crate) fn check(
    function: &Function,
    around: Option<&Generics>,
    mut options: Options,
    errors: &mut Errors,
) -> Option<Each> {
    let arguments = Arguments::of(&function.signature);
    let parameters = Parameters::of(&function.signature, around);
    let side = Side::Reads { through: false };
    let of_reader = signature::writer(function, parameters, &side, errors);
    batch::options(&options, errors);
    let list = list(&options, function, &arguments, errors);
    let element =
        list.and_then(|(list, _)| element::element(&options, function, &arguments, list, errors));
    let proofs = match list {
        Some((list, _)) => accounted(&options, function, &arguments, list, errors),
        None => Vec::new(),
    };
    let returns = of_reader.and_then(|(form, returns)| Some((form, returns?)));
    if let Some((_, returns)) = &returns {
        batch::returned(returns, &options, errors);
    }
    let before = errors.count();
    let background = background(&options, function, around, list?.0, errors);
    let copied = copied(&options, function, &arguments, list?.0, background.as_ref());
    if background.is_none() && errors.count() == before {
        lent_once(function, &arguments, errors);
    }
    let ((list, lent), element, (form, returns)) = (list?, element?, returns?);
    let target = options.writes.take()?;
    let named =
        connection::Named { keys: Vec::new(), references: vec![&target], written: Some(list) };
    let connections = connection::find(&arguments, &function.signature.generics, around, &named);
    Some(Each {
        function: function.clone(),
        form,
        returns,
        list: list.clone(),
        lent,
        element,
        target,
        id: options.id.take(),
        chunk: options.chunk.value().copied().unwrap_or(CHUNK),
        store_if: options.settings.store_if.take(),
        proofs,
        connections,
        copied,
        background,
        runtime: options.runtime.take(),
    })
}

/// The argument that is the list.
fn list<'a>(
    options: &Options,
    function: &Function,
    arguments: &'a Arguments,
    errors: &mut Errors,
) -> Option<(&'a Argument, crate::model::each::Lent)> {
    let each = options.each.value()?;
    let (name, function) = (plain(each), &function.signature.ident);
    let Some((argument, _)) = arguments.find(&name) else {
        let names = arguments.names();
        let help = match nearest(&name, names.iter().map(String::as_str)) {
            Some(meant) => format!("write `each = {meant}`"),
            None if names.is_empty() => format!("`{function}` takes no arguments"),
            None => format!("`{function}` takes {}", listed(&names)),
        };
        let what = format!("`{function}` has no argument `{name}`");
        errors.at(each.span(), with_help(&what, &help));
        return None;
    };
    if argument.name().is_none() {
        let message = with_help(
            &format!("`{name}` is a part of an argument, and the list is a whole one"),
            &format!("take the argument as `{name}`"),
        );
        errors.at(each.span(), message);
        return None;
    }
    match batch::lent(&argument.ty) {
        Ok(lent) => Some((argument, lent)),
        Err((what, help)) => {
            let what = format!("`{name}` {what}");
            errors.over(&argument.ty, with_help(&what, &help));
            None
        }
    }
}

/// Reports arguments that may change the values, and that no entry is named by.
fn accounted(
    options: &Options,
    function: &Function,
    arguments: &Arguments,
    list: &Argument,
    errors: &mut Errors,
) -> Vec<Proof> {
    let skips = options.skip.items();
    let passed = passed(options);
    unknown_skips(options, function, arguments, errors);
    let mut proofs = Vec::new();
    proofs.extend(receiver(options, arguments));
    for (argument, bound) in arguments.bindings() {
        let plain_name = plain(bound);
        let of_argument = |skip: &&Skip| skip.root.unraw() == plain_name;
        let is_skipped = skips.iter().filter(of_argument).any(is_whole);
        let is_passed = used::reads(passed.clone(), &plain_name, bound.span());
        let is_unused = plain_name.starts_with('_')
            && !used::uses(&options.code(), function, &plain_name, bound.span());
        let is_list = argument.names == list.names;
        if is_skipped || is_passed || is_unused || is_list {
            continue;
        }
        if is_mutable(&argument.ty) {
            // of which is said that it cannot be there at all
            continue;
        }
        if is_plain_value(&argument.ty) {
            let target =
                options.writes.value().and_then(Reference::name).map_or_else(String::new, plain);
            let message = with_help(
                &format!(
                    "`{plain_name}` is not in the key of `{target}`: calls that differ in it would share their entries"
                ),
                &format!(
                    "pass it in `writes`, or write `skip({plain_name})` if it cannot change the result"
                ),
            );
            errors.at(bound.span(), message);
            continue;
        }
        let borrowed = matches!(argument.ty, Type::Reference(_));
        let subject = Subject::Argument(bound.clone());
        let claim = Claim::Ambient { subject, borrowed, or_written: false };
        proofs.push(Proof { condition: argument.condition.clone(), claim });
    }
    proofs
}

/// Reports what `skip` names and is no argument.
fn unknown_skips(
    options: &Options,
    function: &Function,
    arguments: &Arguments,
    errors: &mut Errors,
) {
    let name = &function.signature.ident;
    let mut known = arguments.names();
    known.extend(arguments.receiver.as_ref().map(|_| "self".to_owned()));
    for skip in options.skip.items() {
        let root = plain(&skip.root);
        if known.contains(&root) {
            continue;
        }
        // a block skips what some of its methods have
        if options.skip.is_inherited() {
            continue;
        }
        let help = match nearest(&root, known.iter().map(String::as_str)) {
            Some(meant) => format!("write `skip({meant})`"),
            None => "leave it out".to_owned(),
        };
        errors.at(skip.span(), with_help(&format!("`{name}` has no argument `{root}`"), &help));
    }
}

/// Whether a skip is of an argument as a whole: a batch has no key that could name the rest.
fn is_whole(skip: &Skip) -> bool {
    skip.fields.is_empty()
}

/// The claim that `self` cannot change the values. A reader that is a method makes it itself.
fn receiver(options: &Options, arguments: &Arguments) -> Option<Proof> {
    let receiver = arguments.receiver.as_ref()?;
    let is_skipped = options.skip.items().iter().any(|skip| skip.root == "self" && is_whole(skip));
    let of_method = !matches!(options.writes.value(), Some(Reference::Function(_)));
    if is_skipped || of_method {
        return None;
    }
    let subject = Subject::Receiver(receiver.self_token);
    let borrowed = matches!(receiver.kind, ReceiverKind::Reference(..));
    Some(Proof { condition: None, claim: Claim::Ambient { subject, borrowed, or_written: false } })
}

/// What `writes` passes to the reader.
fn passed(options: &Options) -> TokenStream {
    let passed = options.writes.value().map(|target| match target {
        Reference::Function(call) | Reference::Associated(call) => {
            call.arguments.iter().map(ToTokens::to_token_stream).collect()
        }
        Reference::Method(call) => call.to_token_stream(),
    });
    passed.unwrap_or_default()
}

/// What a load owns, if the cache owns the loads of the batch.
fn background(
    options: &Options,
    function: &Function,
    around: Option<&Generics>,
    list: &Argument,
    errors: &mut Errors,
) -> Option<Background> {
    if options.settings.strategy() != Strategy::ReadThrough {
        return None;
    }
    let generics: Vec<&Generics> =
        [&function.signature.generics].into_iter().chain(around).collect();
    let by = if options.id.is_given() { passed(options) } else { TokenStream::new() };
    let background = owned::of_batch(options, by, function, &generics, &list.names, errors);
    Some(background)
}

/// The arguments that are passed by value, and used by the body.
fn copied(
    options: &Options,
    function: &Function,
    arguments: &Arguments,
    list: &Argument,
    background: Option<&Background>,
) -> Vec<Copied> {
    let passed = passed(options);
    let of_argument = |(argument, name): (&Argument, &Ident)| {
        let mut owned = background.iter().flat_map(|background| &background.arguments);
        let is_borrowed = matches!(argument.ty, Type::Reference(_))
            || owned.any(|owned| {
                owned.argument.names == argument.names && owned.how == How::CopiedOption
            });
        let by_value = !is_borrowed && argument.names != list.names;
        let is_used = used::reads(function.body.stream(), &plain(name), name.span());
        (by_value && is_used).then(|| Copied {
            name: name.clone(),
            exists: condition::attribute(argument.condition.as_ref()),
            mutability: mutability(&function.signature, name),
            in_reference: used::reads(passed.clone(), &plain(name), name.span()),
        })
    };
    arguments.bindings().filter_map(of_argument).collect()
}

/// The `mut` in front of an argument.
fn mutability(signature: &Signature, name: &Ident) -> Option<syn::Token![mut]> {
    signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(PatIdent { ident, mutability, .. }) if ident == name => *mutability,
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// Reports what cannot be lent to each of several calls of the body.
fn lent_once(function: &Function, arguments: &Arguments, errors: &mut Errors) {
    for argument in arguments.typed.iter().filter(|argument| is_mutable(&argument.ty)) {
        let name = argument.name().map_or_else(String::new, plain);
        let message = with_help(
            &format!(
                "`{name}` is `&mut`, and the body of `{}` is called once for every `chunk` of ids",
                function.signature.ident
            ),
            &format!("take what `{name}` comes from, such as a pool"),
        );
        errors.over(&argument.pattern, message);
    }
}
