//! The values of options as written.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Expr, ExprClosure, ExprLit, Ident, Index, Lit, LitFloat, LitInt, LitStr, Member, Path, Token,
    bracketed,
};
use syn::{parenthesized, token};

use super::duration;
use crate::diag::with_help;

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

/// One entry of `skip(...)`: `db`, `self`, `filter.sort` or `filter.*`.
#[derive(Clone)]
pub(crate) struct Skip {
    pub(crate) root: Ident,
    pub(crate) fields: Vec<Member>,
    /// Whether it ends in `.*`.
    pub(crate) rest: bool,
}

/// The `=` between an option and its value.
pub(super) fn equals(name: &Ident, input: ParseStream) -> syn::Result<()> {
    if input.peek(Token![:]) && !input.peek(Token![::]) {
        let colon: Token![:] = input.parse()?;
        let value: TokenStream = input.parse()?;
        let message = with_help(
            &format!("`:` between `{name}` and its value"),
            &format!("write `{name} = {value}`"),
        );
        return Err(syn::Error::new(colon.span, message));
    }
    let equals: Option<Token![=]> = input.parse()?;
    if equals.is_some() && !input.is_empty() {
        return Ok(());
    }
    let message =
        with_help(&format!("`{name}` has no value"), &format!("write `{}`", example(name)));
    input.parse::<TokenStream>()?;
    Err(syn::Error::new(name.span(), message))
}

/// Reports what follows the value.
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

/// One good line for each option.
fn example(name: &Ident) -> &'static str {
    match name.to_string().as_str() {
        "key" => "key = \"user:<id>\"",
        "ttl" => "ttl = \"1h\"",
        "tags" => "tags = [\"user\", \"user:<id>\"]",
        "skip" => "skip(db)",
        "none_ttl" => "none_ttl = \"30s\"",
        "when" => "when = id > 0",
        "store_if" => "store_if = |user| user.active",
        "version" => "version = 2",
        "tier" => "tier = \"local\"",
        "local_ttl" => "local_ttl = \"5s\"",
        "codec" => "codec = \"json\"",
        "compress" => "compress = \"lz4\"",
        "cache" => "cache = CATALOG",
        "strategy" => "strategy = \"cache_aside\"",
        "group" => "group(user)",
        "value" => "value = user",
        "writes" => "writes = get_user(user.id)",
        "guard" => "guard = \"10s\"",
        "hold" => "hold = \"500ms\"",
        "companion" => "companion = other_name",
        _ => "crate = other_name",
    }
}

/// An expression; its own errors are kept away from the end of the attribute, where rustc would
/// underline all of it.
pub(super) fn expression(name: &Ident, input: ParseStream) -> syn::Result<Expr> {
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
                &format!("write for example `{}`", example(name)),
            );
            Err(syn::Error::new(last, message))
        }
        Err(error) => Err(error),
    }
}

/// `$k` of a `macro_rules!` arrives in a group without delimiters.
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

pub(super) fn text(name: &Ident, input: ParseStream) -> syn::Result<LitStr> {
    let value = expression(name, input)?;
    literal_text(&value).cloned().ok_or_else(|| not_text(name, &value))
}

fn not_text(name: &Ident, value: &Expr) -> syn::Error {
    let what = match value {
        Expr::Macro(call) if name == "key" && call.mac.path.is_ident("format") => {
            "a key cannot be computed: its placeholders are checked when the program is compiled"
                .to_owned()
        }
        _ => format!("`{name}` takes text between quotation marks"),
    };
    syn::Error::new_spanned(value, with_help(&what, &format!("write `{}`", example(name))))
}

pub(super) fn texts(name: &Ident, input: ParseStream) -> syn::Result<Vec<LitStr>> {
    if !input.peek(token::Bracket) {
        let value = expression(name, input)?;
        let message = match literal_text(&value) {
            Some(only) => {
                with_help("`tags` takes a list", &format!("write `tags = [{}]`", only.token()))
            }
            None => with_help("`tags` takes a list", &format!("write `{}`", example(name))),
        };
        return Err(syn::Error::new_spanned(value, message));
    }
    let list;
    bracketed!(list in input);
    let values = Punctuated::<Expr, Token![,]>::parse_terminated(&list)?;
    let text = |value| {
        let value = ungroup(value);
        literal_text(&value).cloned().ok_or_else(|| not_text(name, &value))
    };
    values.into_iter().map(text).collect()
}

pub(super) fn ttl(name: &Ident, input: ParseStream) -> syn::Result<Ttl> {
    Ok(match expression(name, input)? {
        Expr::Closure(closure) => Ttl::Closure(closure),
        value @ Expr::Lit(_) => Ttl::Text(lifetime(name, &value)?),
        value => Ttl::Expression(value),
    })
}

/// A duration as text, and nothing else.
pub(super) fn duration(name: &Ident, input: ParseStream) -> syn::Result<Lifetime> {
    lifetime(name, &expression(name, input)?)
}

fn lifetime(name: &Ident, value: &Expr) -> syn::Result<Lifetime> {
    if let Some(literal) = literal_text(value) {
        let milliseconds = duration::parse(&name.to_string(), literal)?;
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
        _ => Err(not_text(name, value)),
    }
}

/// Whether the number would be a duration between quotation marks: `60s`.
fn is_duration(number: &LitInt) -> bool {
    let text = LitStr::new(&number.to_string(), number.span());
    duration::parse("ttl", &text).is_ok()
}

pub(super) fn closure(name: &Ident, input: ParseStream) -> syn::Result<ExprClosure> {
    match expression(name, input)? {
        Expr::Closure(closure) => Ok(closure),
        value => {
            let message = with_help(
                &format!("`{name}` takes a closure on the value"),
                &format!("write `{}`", example(name)),
            );
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

pub(super) fn number(name: &Ident, input: ParseStream) -> syn::Result<LitInt> {
    match expression(name, input)? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Ok(number),
        value => {
            let message = with_help(
                &format!("`{name}` takes a whole number"),
                &format!("write `{}`", example(name)),
            );
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

pub(super) fn path(name: &Ident, example: &str, input: ParseStream) -> syn::Result<Path> {
    if name == "crate" && input.peek(Token![crate]) {
        return input.call(Path::parse_mod_style);
    }
    match expression(name, input)? {
        Expr::Path(value) if value.qself.is_none() => Ok(value.path),
        value => {
            let message = with_help(
                &format!("`{name}` takes a path"),
                &format!("write `{name} = {example}`, without quotation marks"),
            );
            Err(syn::Error::new_spanned(value, message))
        }
    }
}

pub(super) fn skips(name: &Ident, input: ParseStream) -> syn::Result<Vec<Skip>> {
    if !input.peek(token::Paren) {
        input.parse::<TokenStream>()?;
        let message = with_help("`skip` takes a list of arguments", "write `skip(db)`");
        return Err(syn::Error::new(name.span(), message));
    }
    let list;
    parenthesized!(list in input);
    let skips = Punctuated::<Skip, Token![,]>::parse_terminated_with(&list, Skip::parse)?;
    Ok(skips.into_iter().collect())
}

/// A name, which some write between quotation marks.
pub(super) fn name(option: &Ident, input: ParseStream) -> syn::Result<Ident> {
    let written = |name: &str| format!("{option} = {name}");
    argument(input, &format!("`{option}` takes a name"), "other_name", written)
}

/// A name; the error about anything else says how it, or the `example`, should be `written`.
pub(super) fn argument(
    input: ParseStream,
    what: &str,
    example: &str,
    written: impl Fn(&str) -> String,
) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    let tokens: TokenStream = input.parse()?;
    let message = |name: &str| with_help(what, &format!("write `{}`", written(name)));
    let Some(first) = tokens.clone().into_iter().next() else {
        return Err(input.error(message(example)));
    };
    // `"db"`, or `&db`
    let quoted = syn::parse2::<LitStr>(first.clone().into()).ok().map(|text| text.value());
    let behind = tokens.into_iter().nth(1).map(|second| second.to_string());
    let name = quoted.or(behind).filter(|name| syn::parse_str::<Ident>(name).is_ok());
    Err(syn::Error::new(first.span(), message(name.as_deref().unwrap_or(example))))
}

/// What a function that writes leaves in the cache: an argument, or what it returns.
pub(super) fn stored(name: &Ident, input: ParseStream) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) && !input.peek2(Token![.]) && !input.peek2(Token![::]) {
        return input.call(Ident::parse_any);
    }
    let message = with_help(
        &format!("`{name}` takes the name of an argument, or `return`"),
        &format!("write `{}`", example(name)),
    );
    let value: TokenStream = input.parse()?;
    Err(syn::Error::new_spanned(value, message))
}

impl Skip {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let written = |name: &str| format!("skip({name})");
        let root = argument(input, "`skip` takes the names of arguments", "db", written)?;
        if root == "_" {
            let message = with_help("`_` is not the name of an argument", "write `skip(db)`");
            return Err(syn::Error::new(root.span(), message));
        }
        let mut skip = Self { root, fields: Vec::new(), rest: false };
        let mut dot = input.parse::<Option<Token![.]>>()?.is_some();
        while dot {
            if input.parse::<Option<Token![*]>>()?.is_some() {
                skip.rest = true;
                break;
            }
            let open = skip.field(input)?;
            dot = open || input.parse::<Option<Token![.]>>()?.is_some();
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            let rest: TokenStream = input.parse()?;
            let first: TokenStream = rest.into_iter().take(1).collect();
            let message = with_help(
                &format!("this does not belong to `{}`", skip.path()),
                "`skip` takes arguments and their fields, as in `skip(db, filter.sort)`",
            );
            return Err(syn::Error::new_spanned(first, message));
        }
        Ok(skip)
    }

    /// Reads a field, or the two of `0.1`, which is one token, as `0.` in front of a `*` is: then a dot was read as well.
    fn field(&mut self, input: ParseStream) -> syn::Result<bool> {
        if !input.peek(LitFloat) {
            self.fields.push(input.parse()?);
            return Ok(false);
        }
        let number: LitFloat = input.parse()?;
        let text = number.to_string();
        for index in text.split('.').filter(|index| !index.is_empty()) {
            let index = index.parse().map_err(|_| syn::Error::new(number.span(), "not a field"))?;
            self.fields.push(Member::Unnamed(Index { index, span: number.span() }));
        }
        Ok(text.ends_with('.'))
    }

    /// As it is written, without `r#`.
    pub(crate) fn path(&self) -> String {
        let Self { root, fields, rest } = self;
        let mut path = root.unraw().to_string();
        for field in fields {
            path.extend([".", &member(field)]);
        }
        if *rest {
            path.push_str(".*");
        }
        path
    }

    pub(crate) fn span(&self) -> Span {
        self.root.span()
    }
}

/// The name of a field without `r#`, or its number.
pub(crate) fn member(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
