//! The rules for `group(...)`: whole arguments that the key reads, but not all of them.

use syn::{Ident, LitStr};

use crate::diag::{Errors, listed, nearest, verb, with_help};
use crate::model::{Group, Key, Part, Root, Value};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::group::Group as Written;

/// Checks every group of a function whose key could be read.
pub(super) fn check(
    function: &Ident,
    groups: &[Written],
    key: &Key,
    arguments: &Arguments,
    errors: &mut Errors,
) -> Vec<Group> {
    let read: Vec<&Argument> =
        arguments.typed.iter().filter(|argument| reads(key, argument)).collect();
    let mut checked: Vec<Group> = Vec::new();
    for group in groups {
        let before = errors.count();
        for (at, name) in group.arguments.iter().enumerate() {
            if group.arguments[..at].contains(name) {
                let what = format!("`{}` is named twice in one group", plain(name));
                errors.at(name.span(), with_help(&what, "leave one out"));
            } else if let Err(message) = named(function, name, key, arguments) {
                errors.at(name.span(), message);
            }
        }
        if errors.count() > before {
            continue;
        }
        let of =
            |argument: &&Argument| argument.names.iter().any(|name| group.arguments.contains(name));
        let given: Vec<&Argument> = read.iter().copied().filter(of).collect();
        let arguments = given.iter().map(|argument| argument.names[0].clone()).collect();
        let tag = tag(key, &given);
        if checked.iter().any(|known| known.arguments == arguments) {
            let what = "this group is declared twice";
            errors.at(group.option.span(), with_help(what, "leave one out"));
        } else if given.len() == read.len() {
            errors.at(group.option.span(), no_effect(function, &read));
        } else {
            checked.push(Group { arguments, tag });
        }
    }
    checked
}

/// Whether the key reads a part of the argument.
fn reads(key: &Key, argument: &Argument) -> bool {
    key.parts.iter().any(|part| match part {
        Part::Value(Value { root: Root::Argument(name), .. }) => argument.names.contains(name),
        _ => false,
    })
}

fn named(function: &Ident, name: &Ident, key: &Key, arguments: &Arguments) -> Result<(), String> {
    let (written, template) = (plain(name), key.literal.value());
    if written == "self" {
        let what = "`self` is part of every group: a reference always has a receiver";
        return Err(with_help(what, "leave it out"));
    }
    let Some((argument, _)) = arguments.find(&written) else {
        let names = arguments.names();
        let help = match nearest(&written, names.iter().map(String::as_str)) {
            Some(meant) => format!("write `group({meant})`"),
            None if names.is_empty() => "leave the group out".to_owned(),
            None => format!("`{function}` takes {}", listed(&names)),
        };
        return Err(with_help(&format!("`{function}` has no argument `{written}`"), &help));
    };
    if reads(key, argument) {
        return Ok(());
    }
    Err(with_help(
        &format!("`{written}` is not in the key `{template}`, so it cannot tell entries apart"),
        &format!("write `key = \"{template}:<{written}>\"`, or leave `{written}` out of the group"),
    ))
}

fn no_effect(function: &Ident, read: &[&Argument]) -> String {
    let names: Vec<String> = read.iter().map(|argument| plain(&argument.names[0])).collect();
    let help = format!("leave it out, and name the entry as `{function}({})`", names.join(", "));
    let what = if names.is_empty() {
        "this group has no effect: the key reads no argument, so there is one entry".to_owned()
    } else {
        let verb = verb(names.len(), "decides", "decide");
        format!("this group has no effect: {} {verb} one entry", listed(&names))
    };
    with_help(&what, &help)
}

/// The key with `*` for the arguments that are not given.
fn tag(key: &Key, given: &[&Argument]) -> Key {
    let (mut text, mut shape) = (String::new(), String::new());
    let mut parts = Vec::new();
    let mut template = key.literal.value();
    for part in &key.parts {
        match part {
            Part::Text(literal) => {
                text.push_str(literal);
                shape.push_str(literal);
                parts.push(part.clone());
                template = template.split_off(literal.len());
            }
            Part::Value(value) => {
                let end = template.find('>').map_or(template.len(), |end| end + 1);
                let rest = template.split_off(end);
                if is_given(value, given) {
                    text.push_str(&template);
                    shape.push_str("<>");
                    parts.push(part.clone());
                } else {
                    text.push('*');
                    shape.push('*');
                    parts.push(Part::Text("*".to_owned()));
                }
                template = rest;
            }
        }
    }
    Key { literal: LitStr::new(&text, key.literal.span()), shape, parts }
}

fn is_given(value: &Value, given: &[&Argument]) -> bool {
    match &value.root {
        Root::Argument(name) => given.iter().any(|argument| argument.names.contains(name)),
        Root::Receiver(_) | Root::Constant(_) => true,
    }
}
