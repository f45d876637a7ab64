//! References to the entries of cached functions: `get_user(id)`, `self.users.get(id)`; with `_` to a
//! group of them: `get_posts(user, _)`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::token::{Paren, Underscore};
use syn::{
    AngleBracketedGenericArguments, Expr, ExprCall, ExprInfer, ExprMethodCall, ExprPath, Ident,
    Lit, PathArguments,
};

use crate::diag::with_help;

/// A reference to entries: a cached function with the arguments of its key.
#[derive(Clone)]
pub(crate) enum Reference {
    /// `get_user(id)`, `users::get_user(id)`
    Function(Call),
    /// `Self::get(id)`, `Repo::get(id)`, `<Repo<T>>::get(id)`
    Associated(Call),
    /// `self.get(id)`, `state.users.get(id)`
    Method(ExprMethodCall),
}

/// A called path: its generic arguments stand apart.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) path: ExprPath,
    pub(crate) generics: Option<AngleBracketedGenericArguments>,
    pub(crate) paren: Paren,
    pub(crate) arguments: Vec<Expr>,
    /// Whether a cached method of the block around the reference has this name.
    pub(crate) names_method: bool,
}

impl Call {
    /// The last name of the path.
    pub(crate) fn name(&self) -> Option<&Ident> {
        self.path.path.segments.last().map(|last| &last.ident)
    }
}

impl Reference {
    /// The name of the cached function.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match self {
            Self::Function(call) | Self::Associated(call) => call.name(),
            Self::Method(call) => Some(&call.method),
        }
    }

    /// The arguments that are passed for those of the key; `_` for any.
    pub(crate) fn arguments(&self) -> Vec<&Expr> {
        match self {
            Self::Function(call) | Self::Associated(call) => call.arguments.iter().collect(),
            Self::Method(call) => call.args.iter().collect(),
        }
    }

    /// The first `_`: the reference names a group of entries.
    pub(crate) fn wildcard(&self) -> Option<&Underscore> {
        self.arguments().into_iter().find_map(wildcard)
    }

    /// The reference, if it names one entry, as `place` needs it.
    pub(crate) fn one_entry(self, place: &str) -> syn::Result<Self> {
        let Some(wildcard) = self.wildcard() else { return Ok(self) };
        let what = format!("`_` stands for many entries, and `{place}` takes one");
        let help =
            "write the argument; many entries are named in `invalidate!` and `#[invalidates]`";
        Err(syn::Error::new(wildcard.span, with_help(&what, help)))
    }

    /// The reference as it is written, for people to read.
    pub(crate) fn text(&self) -> String {
        written(match self {
            Self::Function(call) | Self::Associated(call) => {
                let Call { path, generics, arguments, .. } = call;
                quote!(#path #generics (#(#arguments),*))
            }
            Self::Method(call) => call.to_token_stream(),
        })
    }

    /// Reads an expression as a reference, or says what it is instead.
    pub(crate) fn from_expression(expression: Expr) -> syn::Result<Self> {
        match expression {
            Expr::Group(group) => Self::from_expression(*group.expr),
            Expr::Paren(paren) => Self::from_expression(*paren.expr),
            Expr::Call(call) => Self::call(call),
            Expr::MethodCall(call) => match adaptor(&call) {
                Some(method) => Err(syn::Error::new(method.span(), adapted(method))),
                None => match call.args.iter().find(|argument| is_rest(argument)) {
                    Some(rest) => Err(syn::Error::new_spanned(rest, any())),
                    None => Ok(Self::Method(call)),
                },
            },
            Expr::If(condition) => Err(syn::Error::new(condition.if_token.span, conditional())),
            Expr::Match(condition) => {
                Err(syn::Error::new(condition.match_token.span, conditional()))
            }
            Expr::Macro(call) if call.mac.path.is_ident("vec") => {
                let message =
                    with_help(SEVERAL, &format!("write `[{}]`", written(&call.mac.tokens)));
                Err(syn::Error::new_spanned(&call.mac.path, message))
            }
            Expr::Tuple(list) if !list.elems.is_empty() => {
                let message = with_help(SEVERAL, &format!("write `[{}]`", written(&list.elems)));
                Err(syn::Error::new_spanned(&list, message))
            }
            other => Err(syn::Error::new_spanned(&other, not_a_reference(&other))),
        }
    }

    fn call(call: ExprCall) -> syn::Result<Self> {
        let mut function = *call.func;
        while let Expr::Group(group) = function {
            function = *group.expr;
        }
        let Expr::Path(mut path) = function else {
            let message = with_help("this is not the name of a cached function", EXAMPLE);
            return Err(syn::Error::new_spanned(function, message));
        };
        if let Some(wrapper) = path.path.get_ident().filter(|name| is_wrapper(name)) {
            let what = format!("`{wrapper}` around a reference: entries are named {UNCONDITIONAL}");
            let help = format!("write `{}`", written(&call.args));
            return Err(syn::Error::new(wrapper.span(), with_help(&what, &help)));
        }
        let last = path.path.segments.last_mut();
        let generics = last.and_then(|last| match std::mem::take(&mut last.arguments) {
            PathArguments::AngleBracketed(generics) => Some(generics),
            _ => None,
        });
        let associated = is_associated(&path);
        if let Some(rest) = call.args.iter().find(|argument| is_rest(argument)) {
            return Err(syn::Error::new_spanned(rest, any()));
        }
        let arguments = call.args.into_iter().collect();
        let call = Call { path, generics, paren: call.paren_token, arguments, names_method: false };
        Ok(if associated { Self::Associated(call) } else { Self::Function(call) })
    }
}

/// The method that a closure is given to, among the calls of a chain: no entry is named by a closure.
fn adaptor(call: &ExprMethodCall) -> Option<&Ident> {
    if call.args.iter().any(|argument| matches!(argument, Expr::Closure(_))) {
        return Some(&call.method);
    }
    match &*call.receiver {
        Expr::MethodCall(inner) => adaptor(inner),
        _ => None,
    }
}

fn adapted(method: &Ident) -> String {
    with_help(
        &format!("entries are named one by one, not by `{method}` of a list or an `Option`"),
        "for several name a tag, as in `tags = [\"user\"]`, or a group, as in `get_posts(user, _)`; after the call, \
         `cache.invalidate(entry!(get_user(id))).await?` in a loop",
    )
}

/// Whether an argument is `..`, which in patterns stands for what is left.
fn is_rest(argument: &Expr) -> bool {
    matches!(argument, Expr::Range(range) if range.start.is_none() && range.end.is_none())
}

fn any() -> String {
    with_help(
        "`..` does not stand for arguments that may be anything",
        "write `_` for each, as in `get_posts(user, _)`",
    )
}

/// Whether the last name of a path is looked up in a type and not in a module.
fn is_associated(path: &ExprPath) -> bool {
    let Some(parent) = path.path.segments.iter().rev().nth(1) else {
        return path.qself.is_some();
    };
    path.qself.is_some()
        || !parent.arguments.is_none()
        || parent.ident.to_string().starts_with(char::is_uppercase)
}

/// Whether a name is that of a variant of `Option` or `Result`.
fn is_wrapper(name: &Ident) -> bool {
    ["Some", "Ok", "Err"].iter().any(|wrapper| name == wrapper)
}

fn conditional() -> String {
    with_help(
        &format!("entries are named {UNCONDITIONAL}"),
        "name all that may have changed: one that has not is loaded once more",
    )
}

const UNCONDITIONAL: &str = "without conditions";
const SEVERAL: &str = "several entries are named in a list";
const EXAMPLE: &str = "write for example `get_user(id)` or `self.users.get(id)`";

/// Whether an argument of a reference is left open.
pub(crate) fn wildcard(argument: &Expr) -> Option<&Underscore> {
    match argument {
        Expr::Infer(ExprInfer { underscore_token, .. }) => Some(underscore_token),
        Expr::Group(group) => wildcard(&group.expr),
        _ => None,
    }
}

/// Tokens as people write them: with a space between words and after a comma.
pub(crate) fn written(tokens: impl ToTokens) -> String {
    let mut text = String::new();
    write_tokens(tokens.into_token_stream(), &mut text);
    text
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    let mut after_word = false;
    for token in tokens {
        let word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if text.ends_with(',') || (after_word && word) {
            text.push(' ');
        }
        match &token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write_tokens(group.stream(), text);
                text.push_str(close);
            }
            token => text.push_str(&token.to_string()),
        }
        after_word = word;
    }
}

fn not_a_reference(expression: &Expr) -> String {
    match expression {
        Expr::Path(path) => {
            let name = written(path);
            with_help(
                &format!("`{name}` names a function, and an entry is one call of it"),
                &format!(
                    "write `{name}(id)`, with the arguments of its key; many entries are named by a tag, or by a group \
                     as in `{name}(id, _)`"
                ),
            )
        }
        Expr::Await(_) => {
            with_help("a reference names an entry, it does not load it", "leave `.await` out")
        }
        Expr::Try(_) => {
            with_help("a reference names an entry, it does not load it", "leave `?` out")
        }
        Expr::Reference(_) => {
            with_help("a reference to an entry is written as a call", "leave `&` out")
        }
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => with_help(
            "an entry is not named by text, which could drift from its key",
            "name the function: `get_user(id)`; a tag is named in `tags = [\"user\"]`",
        ),
        Expr::Block(_) => with_help(
            "the closure only names entries: it has no statements",
            "write `|user| [get_user(user.id), by_name(&user.name)]`",
        ),
        _ => with_help("this is not a reference to a cached function", EXAMPLE),
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    fn error(text: &str) -> String {
        let expression = syn::parse_str(text).expect("an expression");
        Reference::from_expression(expression)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    fn kind(text: &str) -> &'static str {
        let expression = syn::parse_str(text).expect("an expression");
        match Reference::from_expression(expression).expect(text) {
            Reference::Function(_) => "function",
            Reference::Associated(_) => "associated",
            Reference::Method(_) => "method",
        }
    }

    #[test]
    fn functions_and_methods_are_told_apart_by_their_path() {
        for function in ["f(id)", "users::f()", "crate::a::b(1, x.y)", "f::<Vec<u8>>(id)"] {
            assert_eq!(kind(function), "function", "{function}");
        }
        for associated in
            ["Self::f(id)", "Repo::f()", "users::Repo::f()", "<Repo>::f()", "r::<T>::f()"]
        {
            assert_eq!(kind(associated), "associated", "{associated}");
        }
        for method in ["self.f(id)", "self.a.b.f()", "(repo).f::<u8>(1)"] {
            assert_eq!(kind(method), "method", "{method}");
        }
    }

    #[test]
    fn references_are_shown_as_they_are_written() {
        for text in
            ["f(id)", "self.list(id, _)", "a::b::<u8, T>(&x.y, (1, z as u8))", "<R<T>>::f()"]
        {
            let expression = syn::parse_str(text).expect("an expression");
            let reference = Reference::from_expression(expression).expect(text);
            assert_eq!(reference.text(), text);
            assert_eq!(reference.wildcard().is_some(), text.contains('_'));
        }
    }

    #[test]
    fn what_is_no_reference_is_named() {
        assert!(error("get_user").contains("`get_user` names a function"));
        assert!(error("get_user(id).await").contains("leave `.await` out"));
        assert!(error("get_user(id)?").contains("leave `?` out"));
        assert!(error("&get_user(id)").contains("leave `&` out"));
        assert!(error("\"user:1\"").contains("not named by text"));
        assert!(error("u.iter().map(|u| f(u.id))").contains("not by `map`"));
        assert!(error("u.iter().filter(|u| u.new).collect()").contains("not by `filter`"));
        assert!(error("(self.f)(1)").contains("not the name of a cached function"));
        assert!(error("1 + 1").contains("not a reference"));
    }
}
