//! What `#[invalidates(...)]`, `invalidate!(...)` and `entry!(...)` name, as written.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprClosure, Ident, LitStr, Stmt, Token};

use super::attr::twice;
use super::duration;
use super::option::{Place, Syntax};
use super::options::{Options, Row};
use super::reference::Reference;
use super::table;
use crate::diag::{Errors, listed, nearest, with_help};

/// The entries and tags that are named, with the options beside them. What cannot be read was reported.
#[derive(Default)]
pub(crate) struct Targets {
    pub(crate) references: Vec<Reference>,
    pub(crate) after: Vec<After>,
    pub(crate) options: Options,
}

/// A closure that names entries once the function has returned: `|user| [get_user(user.id),
/// by_name(&user.name)]`.
pub(crate) struct After {
    /// The closure as written.
    pub(crate) closure: ExprClosure,
    pub(crate) references: Vec<Reference>,
}

impl Targets {
    /// Reads one target after the other: a bad one does not hide the next.
    pub(crate) fn parse(place: Place, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut targets = Self::default();
        let read = |input: ParseStream| {
            while !input.is_empty() {
                if let Err(error) = targets.read(place, input, errors) {
                    errors.push(error);
                    until_comma(input)?;
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        let read = read.parse2(tokens);
        errors.keep(read);
        targets
    }

    fn read(&mut self, place: Place, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let ahead = input.fork();
        let name = ahead.call(Ident::parse_any).ok();
        let known = name.as_ref().and_then(|name| table::find(&name.to_string()));
        let known = known.filter(|row| row.is_allowed(Place::Invalidates));
        let flag = known.is_some_and(|row| row.syntax == Syntax::Alone);
        let assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]);
        let alone = ahead.is_empty() || ahead.peek(Token![,]);
        if let Some(name) = name.as_ref().filter(|_| known.is_some())
            && let Some(value) = called(name, &ahead)
        {
            let what = format!("`{name}` is an option, whose value stands behind `=`");
            let message = with_help(&what, &format!("write `{name} = {value}`"));
            return Err(syn::Error::new(name.span(), message));
        }
        if name.is_none() || !(assigned || flag || (known.is_some() && alone)) {
            return self.target(place, input);
        }
        let name = input.call(Ident::parse_any)?;
        let value = until_comma(input)?;
        let row = self.accepts(place, &name)?;
        let read = |value: ParseStream| self.options.value(row, &name, value, errors);
        read.parse2(value)
    }

    fn accepts(&self, place: Place, name: &Ident) -> syn::Result<&'static Row> {
        let written = name.to_string();
        let error = |message| Err(syn::Error::new(name.span(), message));
        let Some(row) = table::find(&written).filter(|row| row.is_allowed(place)) else {
            return error(unknown_option(place, &written));
        };
        twice(row, place).filter(|_| row.is_named(&self.options)).map_or(Ok(row), error)
    }

    fn target(&mut self, place: Place, input: ParseStream) -> syn::Result<()> {
        match expression(input)? {
            Expr::Closure(closure) if place == Place::Invalidates => {
                self.after.push(After::read(closure)?);
            }
            Expr::Closure(closure) => return Err(no_value(place, &closure)),
            target => self.references.push(Reference::from_expression(target)?),
        }
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(());
        }
        let message = with_help("this does not belong to the reference", "put a comma before it");
        Err(syn::Error::new(input.span(), message))
    }
}

/// The value of an option that is written like a call. Only what no reference to a function of that
/// name would pass is taken for one.
fn called(name: &Ident, behind: ParseStream) -> Option<TokenStream> {
    let TokenTree::Group(list) = behind.fork().parse().ok()? else { return None };
    let value = list.stream();
    let is_value = match syn::parse2::<LitStr>(value.clone()) {
        Ok(_) if name == "tags" => false,
        Ok(text) => {
            ["off", "required"].contains(&text.value().as_str()) || duration::is_duration(&text)
        }
        Err(_) => name == "tags" && value.to_string().starts_with("[\""),
    };
    (list.delimiter() == Delimiter::Parenthesis && is_value).then_some(value)
}

impl After {
    fn read(closure: ExprClosure) -> syn::Result<Self> {
        if let Some(word) = &closure.asyncness {
            let message = with_help(
                "the closure only names entries, and awaits nothing",
                "leave `async` out; an entry is named by what the function returned",
            );
            return Err(syn::Error::new(word.span, message));
        }
        if closure.inputs.len() != 1 {
            let message = with_help(
                "the closure takes one argument, the value that the function returned",
                "write `|user| get_user(user.id)`",
            );
            return Err(syn::Error::new_spanned(bars(&closure), message));
        }
        let references = match single((*closure.body).clone()) {
            Expr::Array(list) if list.elems.is_empty() => {
                let message = with_help(
                    "the closure names no entry",
                    "write `|user| get_user(user.id)`, or leave it out",
                );
                return Err(syn::Error::new(list.bracket_token.span.join(), message));
            }
            Expr::Array(list) => list.elems.into_iter().map(Reference::from_expression).collect(),
            one => Reference::from_expression(one).map(|one| vec![one]),
        }?;
        Ok(Self { closure, references })
    }
}

/// The expression inside of braces and parentheses.
fn single(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => single(*group.expr),
        Expr::Paren(paren) => single(*paren.expr),
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [Stmt::Expr(only, None)] => single(only.clone()),
            _ => Expr::Block(block),
        },
        other => other,
    }
}

fn bars(closure: &ExprClosure) -> TokenStream {
    let ExprClosure { inputs_begin, inputs, inputs_end, .. } = closure;
    quote::quote!(#inputs_begin #inputs #inputs_end)
}

fn no_value(place: Place, closure: &ExprClosure) -> syn::Error {
    let message = with_help(
        &format!("`{}` takes no closure: there is no returned value here", place.name()),
        "name the entry with the values that are at hand, as in `get_user(user.id)`",
    );
    syn::Error::new_spanned(bars(closure), message)
}

fn unknown_option(place: Place, written: &str) -> String {
    let name = place.name();
    match nearest(written, table::names(Place::Invalidates)) {
        _ if written == "group" => with_help(
            "a group is not named by `group`, which is an option of `#[cached]`",
            "write `_` for what may be anything, as in `get_posts(user, _)`",
        ),
        _ if written == "key" => with_help(
            "an entry is not named by its key, which could drift from that of the function",
            "name the function: `get_user(id)`; a tag is named in `tags = [\"user\"]`",
        ),
        Some(same) if same == written => with_help(
            &format!("`{written}` has no meaning in `{name}`"),
            &format!("leave it out; the options here are {}", listed(table::names(place))),
        ),
        Some(meant) if table::names(place).any(|name| name == meant) => with_help(
            &format!("`{written}` is not an option of `{name}`"),
            &format!("write `{meant}`"),
        ),
        _ => with_help(
            &format!("`{written}` is not an option of `{name}`"),
            &format!("the options are {}", listed(table::names(place))),
        ),
    }
}

/// An expression, with its errors kept away from the end of the attribute, where rustc would
/// underline all of it.
fn expression(input: ParseStream) -> syn::Result<Expr> {
    let ahead = input.fork();
    match ahead.parse() {
        Ok(expression) => {
            input.advance_to(&ahead);
            Ok(expression)
        }
        Err(error) if error.to_string().starts_with("unexpected end of input") => {
            let rest: TokenStream = input.fork().parse()?;
            let last = rest.into_iter().last().map_or_else(Span::call_site, |last| last.span());
            let message = with_help("this is not finished", "write for example `get_user(id)`");
            Err(syn::Error::new(last, message))
        }
        Err(error) => Err(placeholder(input).unwrap_or(error)),
    }
}

/// The error about `get_user(<id>)`: a placeholder among the arguments of a call.
fn placeholder(input: ParseStream) -> Option<syn::Error> {
    let tokens: Vec<TokenTree> = input.fork().parse::<TokenStream>().ok()?.into_iter().collect();
    let list = tokens.iter().find_map(|token| match token {
        TokenTree::Group(list) if list.delimiter() == Delimiter::Parenthesis => Some(list),
        _ => None,
    })?;
    let inside: Vec<TokenTree> = list.stream().into_iter().collect();
    let at = inside.windows(3).find(|three| is_placeholder(three))?;
    let name = &at[1];
    let what = "a placeholder stands in the text of a key or a tag, and a reference passes values";
    Some(syn::Error::new(name.span(), with_help(what, &format!("write `{name}`"))))
}

fn is_placeholder(tokens: &[TokenTree]) -> bool {
    let is =
        |token: &TokenTree, c| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    matches!(tokens, [open, TokenTree::Ident(_), close] if is(open, '<') && is(close, '>'))
}

/// Takes what stands before the next comma.
fn until_comma(input: ParseStream) -> syn::Result<TokenStream> {
    let mut taken = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        taken.extend([input.parse::<TokenTree>()?]);
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::{Place, Targets};
    use crate::diag::Errors;

    fn read(place: Place, text: &str) -> (Targets, Vec<String>) {
        let mut errors = Errors::default();
        let targets = Targets::parse(place, text.parse().expect("tokens"), &mut errors);
        (targets, errors.messages())
    }

    fn only_error(place: Place, text: &str) -> String {
        let (_, errors) = read(place, text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        errors[0].clone()
    }

    #[test]
    fn every_kind_of_target_is_read() {
        let (targets, errors) = read(
            Place::Invalidates,
            "get_user(id), self.posts.list(id), users::by::<A, B>(&x), tags = [\"user:<id>\"], \
             |user| get_user(user.id), |u: &User| { [f(u.a), g(u.b)] }, only_ok, guard = \"10s\", \
             hold = \"500ms\", crate = other",
        );
        assert_eq!(errors, [""; 0]);
        let options = &targets.options;
        assert_eq!((targets.references.len(), options.tags.items().len()), (3, 1));
        let after: Vec<_> = targets.after.iter().map(|after| after.references.len()).collect();
        assert_eq!(after, [1, 2]);
        assert_eq!(options.hold.value().map(|hold| hold.milliseconds), Some(500));
        assert!(options.only_ok.value().is_some() && options.guard.value().is_some());
        assert!(options.runtime.value().is_some());
    }

    #[test]
    fn every_mistake_is_found_at_once() {
        let (targets, errors) = read(
            Place::Invalidates,
            "get_user, &list(1), hold = 5, |a, b| f(a), tag = [\"a\"], f(x) g(y), h(z)",
        );
        assert_eq!(errors.len(), 6, "{errors:?}");
        assert_eq!(targets.references.len(), 2);
    }

    #[test]
    fn options_that_are_not_there_are_named() {
        assert!(only_error(Place::Invalidates, "tag = [\"a\"]").contains("write `tags`"));
        assert!(only_error(Place::Invalidates, "ttl = \"1h\"").contains("the options are `tags`"));
        assert!(only_error(Place::Invalidates, "group = x").contains("write `_`"));
        assert!(
            only_error(Place::Invalidates, "key = \"user:<id>\"").contains("name the function")
        );
        assert!(
            only_error(Place::Invalidate, "guard = \"1s\"").contains("no meaning in `invalidate!`")
        );
        assert!(only_error(Place::Entry, "tags = [\"a\"]").contains("no meaning in `entry!`"));
        assert!(only_error(Place::Invalidate, "|user| f(user.id)").contains("takes no closure"));
        assert!(only_error(Place::Invalidates, "only_ok, only_ok").contains("given twice"));
        assert!(only_error(Place::Invalidates, "only_ok = true").contains("write `only_ok` alone"));
        assert!(only_error(Place::Invalidates, "only_ok = false").contains("leave it out"));
        assert!(only_error(Place::Invalidates, "guard").contains("`guard` has no value"));
        assert!(
            only_error(Place::Invalidates, "guard(\"10s\")").contains("write `guard = \"10s\"`")
        );
        assert!(only_error(Place::Invalidates, "tags([\"a\"])").contains("write `tags = [\"a\"]`"));
    }

    #[test]
    fn functions_may_be_called_as_an_option_is() {
        for reference in ["tags(\"popular\")", "guard(id)", "hold()", "hold(\"x\")"] {
            let (targets, errors) = read(Place::Invalidates, reference);
            assert_eq!((targets.references.len(), errors), (1, Vec::new()), "{reference}");
        }
    }

    #[test]
    fn entries_are_named_without_conditions() {
        let error = |text: &str| only_error(Place::Invalidates, text);
        assert!(error("|u| Some(f(u.id))").contains("write `f(u.id)`"));
        assert!(error("|u| if u.new { f(1) } else { f(2) }").contains("without conditions"));
        assert!(error("|u| vec![f(1), f(2)]").contains("write `[f(1), f(2)]`"));
        assert!(error("|u| (f(1), f(2))").contains("write `[f(1), f(2)]`"));
        assert!(error("|u| { let x = 1; f(x) }").contains("only names entries"));
        assert!(error("async |u| f(u.id)").contains("awaits nothing"));
    }

    #[test]
    fn what_is_not_finished_does_not_underline_everything() {
        assert!(only_error(Place::Invalidates, "|user|").contains("this is not finished"));
        assert!(only_error(Place::Invalidates, "a +").contains("this is not finished"));
        assert!(only_error(Place::Invalidates, "tags =").contains("`tags` has no value"));
    }
}
