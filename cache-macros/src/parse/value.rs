//! Readers for the values of options.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprClosure, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token, bracketed, token};

use super::corrected::{between_marks, called};
use super::duration::{self, Zero};
use super::reference::Reference;
use super::template::Template;
use crate::diag::{Errors, with_help};

/// The value of `ttl`.
#[derive(Clone)]
pub(crate) enum Ttl {
    Text(Lifetime),
    Expression(Expr),
    Closure(ExprClosure),
}

/// A duration as text.
#[derive(Clone)]
pub(crate) struct Lifetime {
    pub(crate) literal: LitStr,
    pub(crate) milliseconds: u64,
}

/// An option that is being read.
pub(super) struct Reading<'a> {
    pub(super) name: &'a Ident,
    /// One good line.
    pub(super) example: &'static str,
    /// What is wrong with a duration of zero, if it is not that values have expired at once.
    pub(super) zero: Option<Zero>,
    /// What stands behind the name.
    pub(super) input: ParseStream<'a>,
    pub(super) errors: &'a mut Errors,
}

/// Reads the `=` between an option and its value.
pub(super) fn equals(option: &Reading<'_>) -> syn::Result<()> {
    let Reading { name, example, input, .. } = option;
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        let colon: Token![:] = input.parse()?;
        let value: TokenStream = input.parse()?;
        let message = with_help(
            &format!("`:` between `{name}` and its value"),
            &format!("write `{name} = {value}`"),
        );
        return Err(syn::Error::new(colon.span, message));
    }
    if input.peek(token::Paren) {
        return Err(called(name, example, input.parse()?));
    }
    let equals: Option<Token![=]> = input.parse()?;
    if equals.is_some() && !input.is_empty() {
        return Ok(());
    }
    let message = with_help(&format!("`{name}` has no value"), &format!("write `{example}`"));
    input.parse::<TokenStream>()?;
    Err(syn::Error::new(name.span(), message))
}

/// Reports tokens behind the value.
pub(super) fn end(name: &Ident, input: ParseStream) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    let message = with_help(
        &format!("this does not belong to the value of `{name}`"),
        "put a comma between two options",
    );
    let rest: TokenStream = input.parse()?;
    let first: TokenStream = rest.into_iter().take(1).collect();
    Err(syn::Error::new_spanned(first, message))
}

/// Reads an expression; its own errors are kept away from the end of the attribute, where rustc would
/// underline all of it.
pub(super) fn expression(option: &mut Reading<'_>) -> syn::Result<Expr> {
    let Reading { name, example, input, .. } = option;
    let tokens: TokenStream = input.parse()?;
    let last = tokens.clone().into_iter().last().map_or_else(|| name.span(), |token| token.span());
    let whole = |input: ParseStream| {
        let value = input.parse::<Expr>()?;
        end(name, input)?;
        Ok(value)
    };
    match whole.parse2(tokens) {
        Ok(value) => Ok(ungroup(value)),
        Err(error) if error.to_string().starts_with("unexpected end of input") => {
            let message = with_help(
                &format!("the value of `{name}` is not finished"),
                &format!("write for example `{example}`"),
            );
            Err(syn::Error::new(last, message))
        }
        Err(error) => Err(error),
    }
}

/// The expression without the groups in which `$k` of a `macro_rules!` arrives.
fn ungroup(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

fn literal_text(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. }) => Some(literal),
        _ => None,
    }
}

/// Reads text between quotation marks.
pub(super) fn text(option: &mut Reading<'_>) -> syn::Result<LitStr> {
    let value = expression(option)?;
    literal_text(&value).cloned().ok_or_else(|| not_text(option, &value))
}

fn not_text(option: &Reading<'_>, value: &Expr) -> syn::Error {
    let Reading { name, .. } = option;
    let example = between_marks(name, value).unwrap_or_else(|| option.example.to_owned());
    let what = match value {
        Expr::Macro(call) if *name == "key" && call.mac.path.is_ident("format") => {
            "a key cannot be computed: its placeholders are checked when the program is compiled"
                .to_owned()
        }
        _ => format!("`{name}` takes text between quotation marks"),
    };
    syn::Error::new_spanned(value, with_help(&what, &format!("write `{example}`")))
}

/// Reads a condition over the arguments.
pub(super) fn condition(option: &mut Reading<'_>) -> syn::Result<Expr> {
    let value = expression(option)?;
    let condition = match &value {
        Expr::Closure(closure) => closure.body.to_token_stream().to_string(),
        _ => match literal_text(&value) {
            Some(text) => text.value(),
            None => return Ok(value),
        },
    };
    let name = option.name;
    let message = with_help(
        &format!("`{name}` takes an expression over the arguments"),
        &format!("write `{name} = {condition}`"),
    );
    Err(syn::Error::new_spanned(value, message))
}

/// Reads the template of a key.
pub(super) fn key(option: &mut Reading<'_>) -> syn::Result<Template> {
    let literal = text(option)?;
    Ok(Template::parse("key", &literal, option.errors))
}

/// Reads the templates of tags.
pub(super) fn tags(option: &mut Reading<'_>) -> syn::Result<Vec<Template>> {
    let literals = texts(option)?;
    let tag = |literal| Template::parse("tag", literal, option.errors);
    Ok(literals.iter().map(tag).collect())
}

fn texts(option: &mut Reading<'_>) -> syn::Result<Vec<LitStr>> {
    if !option.input.peek(token::Bracket) {
        let value = expression(option)?;
        let message = match literal_text(&value) {
            Some(only) => {
                with_help("`tags` takes a list", &format!("write `tags = [{}]`", only.token()))
            }
            None => with_help("`tags` takes a list", &format!("write `{}`", option.example)),
        };
        return Err(syn::Error::new_spanned(value, message));
    }
    let list;
    let input = option.input;
    bracketed!(list in input);
    let values = Punctuated::<Expr, Token![,]>::parse_terminated(&list)?;
    let text = |value| {
        let value = ungroup(value);
        literal_text(&value).cloned().ok_or_else(|| not_text(option, &value))
    };
    values.into_iter().map(text).collect()
}

/// Reads a duration as text, an expression, or a closure on the value.
pub(super) fn ttl(option: &mut Reading<'_>) -> syn::Result<Ttl> {
    Ok(match expression(option)? {
        Expr::Closure(closure) => Ttl::Closure(closure),
        value @ Expr::Lit(_) => Ttl::Text(lifetime(option, &value)?),
        value => Ttl::Expression(value),
    })
}

/// Reads a duration as text, and nothing else.
pub(super) fn duration(option: &mut Reading<'_>) -> syn::Result<Lifetime> {
    let value = expression(option)?;
    lifetime(option, &value)
}

fn lifetime(option: &Reading<'_>, value: &Expr) -> syn::Result<Lifetime> {
    let name = option.name;
    if let Some(literal) = literal_text(value) {
        let milliseconds = duration::parse(&name.to_string(), option.zero, literal)?;
        return Ok(Lifetime { literal: literal.clone(), milliseconds });
    }
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if is_duration(number) => {
            let message = with_help(
                &format!("`{number}` is not text, and `{name}` takes a duration as text"),
                &format!("write `{name} = \"{number}\"`"),
            );
            Err(syn::Error::new(number.span(), message))
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            let message = duration::no_unit(&name.to_string(), number.base10_digits());
            Err(syn::Error::new(number.span(), message))
        }
        _ => Err(not_text(option, value)),
    }
}

/// Whether the number would be a duration between quotation marks: `60s`.
fn is_duration(number: &LitInt) -> bool {
    let text = LitStr::new(&number.to_string(), number.span());
    duration::is_duration(&text)
}

/// Reads a closure on the value, or on the error.
pub(super) fn closure(option: &mut Reading<'_>) -> syn::Result<ExprClosure> {
    match expression(option)? {
        Expr::Closure(closure) => Ok(closure),
        value => {
            let Reading { name, example, .. } = option;
            let of = if *name == "on_timeout" { "error" } else { "value" };
            let message = with_help(
                &format!("`{name}` takes a closure on the {of}"),
                &format!("write `{example}`"),
            );
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

/// Reads the number of a version.
pub(super) fn version(option: &mut Reading<'_>) -> syn::Result<u32> {
    let number = number(option)?;
    match number.base10_parse::<u32>() {
        Ok(version) if version > 0 => Ok(version),
        _ => {
            let message = with_help(
                &format!("`{number}` is not a version: versions are counted from 1"),
                &format!("write `{}`", option.example),
            );
            Err(syn::Error::new(number.span(), message))
        }
    }
}

/// Reads how many ids a batch loads at once.
pub(super) fn chunk(option: &mut Reading<'_>) -> syn::Result<u32> {
    const MOST: u32 = 10_000;
    let number = number(option)?;
    if let Ok(ids @ 1..=MOST) = number.base10_parse::<u32>() {
        return Ok(ids);
    }
    let what = format!("`{number}` is not a number of ids from 1 to {MOST}");
    let message = with_help(&what, &format!("write `{}`", option.example));
    Err(syn::Error::new(number.span(), message))
}

fn number(option: &mut Reading<'_>) -> syn::Result<LitInt> {
    match expression(option)? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Ok(number),
        value => {
            let Reading { name, example, .. } = option;
            let message =
                with_help(&format!("`{name}` takes a whole number"), &format!("write `{example}`"));
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

/// Reads the path of a static, or of a crate.
pub(super) fn path(option: &mut Reading<'_>) -> syn::Result<Path> {
    if option.name == "crate" && option.input.peek(Token![crate]) {
        return option.input.call(Path::parse_mod_style);
    }
    match expression(option)? {
        Expr::Path(value) if value.qself.is_none() => Ok(value.path),
        value => {
            let Reading { name, example, .. } = option;
            let message = with_help(
                &format!("`{name}` takes a path"),
                &format!("write `{example}`, without quotation marks"),
            );
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

/// Reads the entry of another function.
pub(super) fn reference(option: &mut Reading<'_>) -> syn::Result<Reference> {
    Reference::from_expression(expression(option)?)?.one_entry(&option.name.to_string())
}

/// Reads an option without a value, and reports one.
pub(super) fn alone(option: &mut Reading<'_>) -> syn::Result<()> {
    let Reading { name, input, .. } = option;
    if input.is_empty() {
        return Ok(());
    }
    let value: TokenStream = input.parse()?;
    let help = match value.to_string().as_str() {
        "= false" => "leave it out".to_owned(),
        _ => format!("write `{name}` alone"),
    };
    let message = with_help(&format!("`{name}` takes no value"), &help);
    Err(syn::Error::new_spanned(value, message))
}
