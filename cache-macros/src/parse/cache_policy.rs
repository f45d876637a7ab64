//! The `impl` or trait below `#[cache_policy]`, as written.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{
    Attribute, Generics, ImplItem, ItemImpl, ItemTrait, Meta, Path, Signature, Token, TraitItem,
    Type, Visibility, token,
};

use super::attribute::{arguments, is_cached, is_invalidates, is_named};
use super::conditional;
use super::function::Function;
use crate::diag::{Errors, with_help};

/// An `impl` or a trait, taken apart.
pub(crate) struct Block {
    head: Head,
    pub(crate) members: Vec<Member>,
}

enum Head {
    Impl(Box<ItemImpl>),
    Trait(Box<ItemTrait>),
}

/// One member of a block.
pub(crate) enum Member {
    Method(Box<Method>),
    /// A method without an attribute of ours, a constant, a type.
    Other {
        signature: Option<Box<Signature>>,
        tokens: TokenStream,
    },
}

/// A function with `#[cached]` or `#[invalidates]`, which are taken off it.
pub(crate) struct Method {
    pub(crate) function: Function,
    /// Whether a body is written; if not, that of `function` is empty.
    pub(crate) has_body: bool,
    pub(crate) cached: Option<Attribute>,
    pub(crate) invalidates: Vec<Attribute>,
}

impl Block {
    /// Reads the item below the attribute; the error names what stands there instead.
    pub(crate) fn parse(item: &TokenStream, errors: &mut Errors) -> syn::Result<Self> {
        let (head, body) = split(item).ok_or_else(|| not_a_block(item))?;
        let empty = Group::new(Delimiter::Brace, TokenStream::new());
        let head = Head::parse(quote!(#head #empty)).ok_or_else(|| not_a_block(item))?;
        let mut block = Self { head, members: Vec::new() };
        let read = |input: ParseStream| block.read(input, errors);
        read.parse2(body.stream())?;
        Ok(block)
    }

    fn read(&mut self, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let inner = input.call(Attribute::parse_inner)?;
        match &mut self.head {
            Head::Impl(item) => item.attrs.extend(inner),
            Head::Trait(item) => item.attrs.extend(inner),
        }
        while !input.is_empty() {
            self.members(input, errors)?;
        }
        Ok(())
    }

    /// Reads the next member: several, if it is a method on which an attribute of ours stands in some builds only.
    fn members(&mut self, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        if let Some((signature, tokens)) = function(input)? {
            for tokens in conditional::cases(tokens) {
                let member = match Method::read(&tokens, errors)? {
                    Some(method) => Member::Method(Box::new(method)),
                    None => Member::Other { signature: Some(Box::new(signature.clone())), tokens },
                };
                self.members.push(member);
            }
            return Ok(());
        }
        let tokens = match self.head {
            Head::Impl(_) => input.parse::<ImplItem>()?.into_token_stream(),
            Head::Trait(_) => input.parse::<TraitItem>()?.into_token_stream(),
        };
        self.members.push(Member::Other { signature: None, tokens });
        Ok(())
    }

    /// The options of this attribute, and of a second one, which is taken off and reported.
    pub(crate) fn all_options(
        &mut self,
        mut options: TokenStream,
        errors: &mut Errors,
    ) -> TokenStream {
        let attributes = match &mut self.head {
            Head::Impl(item) => &mut item.attrs,
            Head::Trait(item) => &mut item.attrs,
        };
        for second in attributes.extract_if(.., |attribute| is_named(attribute, "cache_policy")) {
            let what = "`#[cache_policy]` is given twice";
            errors.over(second.path(), with_help(what, "write all options into one"));
            let more = arguments(&second);
            options = if options.is_empty() { more } else { quote!(#options, #more) };
        }
        options
    }

    /// The word `impl` or `trait`.
    pub(crate) fn keyword(&self) -> Span {
        match &self.head {
            Head::Impl(item) => item.impl_token.span,
            Head::Trait(item) => item.trait_token.span,
        }
    }

    /// The name of the trait, if the block is one.
    pub(crate) fn own_trait(&self) -> Option<&Ident> {
        match &self.head {
            Head::Impl(_) => None,
            Head::Trait(item) => Some(&item.ident),
        }
    }

    /// The trait that an `impl` is of.
    pub(crate) fn of_trait(&self) -> Option<&Path> {
        match &self.head {
            Head::Impl(item) => item.trait_.as_ref().map(|of| &of.0),
            Head::Trait(_) => None,
        }
    }

    /// A name for an `impl` that no other has, save for another of the type alone.
    pub(crate) fn unique_name(&self) -> Ident {
        let text = |tokens: &dyn ToTokens| {
            let text = tokens.to_token_stream().to_string();
            text.chars().filter(|c| *c == '_' || c.is_alphanumeric()).collect::<String>()
        };
        let (of, ty) = (self.of_trait(), self.implementor());
        let (of, ty) = (of.map(|of| text(of)), ty.map(|(ty, _)| text(ty)));
        format_ident!(
            "{}_for_{}",
            of.unwrap_or_default(),
            ty.unwrap_or_default(),
            span = self.keyword()
        )
    }

    /// The type of an `impl`, and what it is generic over.
    pub(crate) fn implementor(&self) -> Option<(&Type, &Generics)> {
        match &self.head {
            Head::Impl(item) => Some((&item.self_ty, &item.generics)),
            Head::Trait(_) => None,
        }
    }

    /// The generic parameters of the block.
    pub(crate) fn generics(&self) -> &Generics {
        match &self.head {
            Head::Impl(item) => &item.generics,
            Head::Trait(item) => &item.generics,
        }
    }

    /// The item with other members.
    pub(crate) fn with_members(&self, members: TokenStream) -> TokenStream {
        match &self.head {
            Head::Impl(item) => {
                let items = vec![ImplItem::Verbatim(members)];
                ItemImpl { items, ..(**item).clone() }.into_token_stream()
            }
            Head::Trait(item) => {
                let items = vec![TraitItem::Verbatim(members)];
                ItemTrait { items, ..(**item).clone() }.into_token_stream()
            }
        }
    }
}

impl Head {
    fn parse(item: TokenStream) -> Option<Self> {
        if let Ok(item) = syn::parse2::<ItemImpl>(item.clone()) {
            return Some(Self::Impl(Box::new(item)));
        }
        syn::parse2(item).ok().map(|item| Self::Trait(Box::new(item)))
    }
}

impl Method {
    /// Takes our attributes off a function; `None` if it has none.
    fn read(tokens: &TokenStream, errors: &mut Errors) -> syn::Result<Option<Self>> {
        let ours = |input: ParseStream| {
            let attributes = input.call(Attribute::parse_outer)?;
            input.parse::<TokenStream>()?;
            Ok(attributes.iter().any(|found| is_cached(found) || is_invalidates(found)))
        };
        if !ours.parse2(tokens.clone())? {
            return Ok(None);
        }
        let has_body = !matches!(tokens.clone().into_iter().last(),
            Some(TokenTree::Punct(end)) if end.as_char() == ';');
        let mut whole: Vec<TokenTree> = tokens.clone().into_iter().collect();
        if !has_body {
            whole.pop();
            whole.push(Group::new(Delimiter::Brace, TokenStream::new()).into());
        }
        let mut function = Function::parse("cached", whole.into_iter().collect())?;
        let cached = function.attributes.iter().position(is_cached);
        let cached = cached.map(|at| function.attributes.remove(at));
        let (invalidates, others) =
            std::mem::take(&mut function.attributes).into_iter().partition(is_invalidates);
        function.attributes = others;
        let method = Self { function, has_body, cached, invalidates };
        method.attributes_are_lists(errors);
        Ok(Some(method))
    }

    fn attributes_are_lists(&self, errors: &mut Errors) {
        for attribute in self.cached.iter().chain(&self.invalidates) {
            if let Meta::NameValue(pair) = &attribute.meta {
                let name = pair.path.to_token_stream().to_string();
                let what = format!("the options of `#[{name}]` stand between parentheses");
                let help = format!("write `#[{name}(...)]`");
                errors.over(pair.eq_token, with_help(&what, &help));
            }
        }
    }
}

/// The next function with its attributes, if that is what comes next. The body stays tokens: an
/// editor may be in the middle of typing it.
fn function(input: ParseStream) -> syn::Result<Option<(Signature, TokenStream)>> {
    let head = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Option<Token![default]>>()?;
        input.parse::<Signature>()
    };
    let ahead = input.fork();
    let Ok(signature) = head(&ahead) else { return Ok(None) };
    let body = ahead.peek(token::Brace);
    if !body && !ahead.peek(Token![;]) {
        return Ok(None);
    }
    let mut tokens = TokenStream::new();
    while input.cursor() != ahead.cursor() {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    tokens.extend([input.parse::<TokenTree>()?]);
    Ok(Some((signature, tokens)))
}

/// The tokens before the braces of an item, and the braces.
fn split(item: &TokenStream) -> Option<(TokenStream, Group)> {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    match tokens.pop()? {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
            Some((tokens.into_iter().collect(), body))
        }
        _ => None,
    }
}

fn not_a_block(item: &TokenStream) -> syn::Error {
    let past_attributes = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<TokenStream>()
    };
    let item = past_attributes.parse2(item.clone()).unwrap_or_else(|_| item.clone());
    let first: TokenStream = item.into_iter().take(1).collect();
    let message = with_help(
        "`#[cache_policy]` goes on an `impl` block or a trait",
        "move it there; a function takes `#[cached(...)]`",
    );
    syn::Error::new(first.span(), message)
}
