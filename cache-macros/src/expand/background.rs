//! A load that the cache owns: what it uses is its own, and the body finds it under the names that the user gave.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, ExprClosure, FnArg, Pat, PatIdent, Token};

use super::{Runtime, hidden, key};
use crate::model::Cached;
use crate::model::background::{Background, How, Owned, OwnedReceiver, Used};
use crate::parse::condition;
use crate::parse::function::Function;
use crate::parse::receiver;

/// What a load owns, in the order in which that is done.
pub(super) struct Owning<'a> {
    background: &'a Background,
    runtime: &'a Runtime,
    /// The function's name, which stands in front of what is owned.
    before: Span,
}

impl<'a> Owning<'a> {
    /// What the load of a function owns; `None` if its caller runs it.
    pub(super) fn of(cached: &'a Cached, runtime: &'a Runtime) -> Option<Self> {
        let before = cached.function.signature.ident.span();
        cached.background.as_ref().map(|background| Self { background, runtime, before })
    }

    /// What the loads of a batch own.
    pub(super) fn new(background: &'a Background, runtime: &'a Runtime, before: Span) -> Self {
        Self { background, runtime, before }
    }

    /// The function with a name for each argument that is copied as a whole, and with its body as the load runs it.
    pub(super) fn function(&self, function: &Function) -> Function {
        let mut function = function.clone();
        let typed = function.signature.inputs.iter_mut().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        });
        for (place, input) in typed.enumerate() {
            let of_input = |owned: &&Owned| owned.place == place && is_copied(owned.how);
            if let Some(owned) = self.background.arguments.iter().find(of_input) {
                *input.pat = whole(owned, &input.pat);
            }
        }
        if self.background.receiver.as_ref().is_some_and(|receiver| receiver.used.body) {
            let mut body = proc_macro2::Group::new(
                function.body.delimiter(),
                receiver::renamed(function.body.stream()),
            );
            body.set_span(function.body.span());
            function.body = body;
        }
        function
    }

    /// The statements, once it is known that there is a load, that make copies for it.
    pub(super) fn copies(&self) -> TokenStream {
        let parts = self.background.arguments.iter().filter(|owned| is_copied(owned.how));
        let parts = parts.filter(|owned| owned.argument.name().is_none()).map(|owned| {
            let (exists, at) = (exists(owned), hidden(owned.at()));
            let names = &owned.argument.names;
            // what the pattern takes apart is used by the load alone, and would be said to be unused here
            quote_spanned!(at=> #exists let _ = (#(&#names,)*);)
        });
        let moved = self.background.arguments.iter().filter_map(|owned| self.sent(owned));
        let copies = self.copied(|used| used.body);
        quote!(#(#parts)* #(#moved)* #copies)
    }

    /// The statements that make copies of what is owned, for one of several calls of the body.
    pub(super) fn copies_of_copies(&self) -> TokenStream {
        let receiver = self.background.receiver.as_ref().filter(|receiver| receiver.used.body);
        let receiver = receiver.filter(|receiver| is_copied(receiver.how)).map(|receiver| {
            let (own, at) = (own_receiver(), hidden(receiver.token.span));
            quote_spanned!(at=> let #own = ::core::clone::Clone::clone(&#own);)
        });
        let copied = self.background.arguments.iter().filter(|owned| is_copied(owned.how));
        let copied = copied.filter(|owned| owned.used.body).map(|owned| {
            let (exists, own, at) = (exists(owned), own(owned), hidden(owned.at()));
            quote_spanned!(at=> #exists let #own = ::core::clone::Clone::clone(&#own);)
        });
        quote!(#receiver #(#copied)*)
    }

    /// The statements at the beginning of the load by which its body has what is owned, under the user's names.
    pub(super) fn bound(&self) -> TokenStream {
        let receiver = self.background.receiver.as_ref().filter(|receiver| receiver.used.body);
        let receiver = receiver.map(|receiver| {
            let (name, token) = (receiver::name(receiver.token.span), receiver.token);
            let value = match receiver.how {
                How::Moved { .. } => token.to_token_stream(),
                how => self.lent(&own_receiver(), how, token.span),
            };
            let at = hidden(token.span);
            quote_spanned!(at=> let #name = #value;)
        });
        let arguments = self.lents(|used| used.body);
        quote!(#receiver #arguments)
    }

    /// A closure of the user that goes with the load.
    pub(super) fn closure(
        &self,
        mut closure: ExprClosure,
        used: impl Fn(Used) -> bool + Copy,
    ) -> TokenStream {
        let copies = self.copied(used);
        let mut lents = self.lents(used);
        if let Some(receiver) = self.background.receiver.as_ref().filter(|of| used(of.used)) {
            let (name, at) = (receiver::name(receiver.token.span), receiver.token.span);
            let lent = self.lent(&own_receiver(), How::Copied, at);
            let at = hidden(at);
            lents.extend(quote_spanned!(at=> let #name = #lent;));
            let body = receiver::renamed(closure.body.to_token_stream());
            *closure.body = Expr::Verbatim(body);
        }
        let at = hidden(closure.inputs_begin.span);
        closure.capture.get_or_insert(Token![move](at));
        if lents.is_empty() {
            return closure.into_token_stream();
        }
        let body = &closure.body;
        *closure.body = Expr::Verbatim(quote_spanned!(at=> { #lents #body }));
        quote_spanned!(at=> { #copies #closure })
    }

    /// The statements that copy what is borrowed and so used.
    fn copied(&self, used: impl Fn(Used) -> bool) -> TokenStream {
        let receiver = self.background.receiver.as_ref().filter(|receiver| used(receiver.used));
        let receiver = receiver.and_then(|receiver| self.copied_receiver(receiver));
        let arguments = self.background.arguments.iter().filter(|owned| used(owned.used));
        let arguments = arguments.filter(|owned| is_copied(owned.how)).map(|owned| {
            let (exists, own, name) = (exists(owned), own(owned), whole_name(owned));
            let at = owned.at();
            let name = key::located(&name, at);
            let copy = if owned.how == How::CopiedOption {
                quote_spanned!(at=> ::core::option::Option::map(#name, __own))
            } else {
                quote_spanned!(at=> __own(#name))
            };
            let copy = self.named(&quote_spanned!(at=> own), &copy, at);
            let at = hidden(at);
            quote_spanned!(at=> #exists let #own = #copy;)
        });
        quote!(#receiver #(#arguments)*)
    }

    fn copied_receiver(&self, receiver: &OwnedReceiver) -> Option<TokenStream> {
        let (own, token) = (own_receiver(), receiver.token);
        let at = token.span;
        let copy = quote_spanned!(at=> __own(#token));
        let copy = self.named(&quote_spanned!(at=> own_receiver), &copy, at);
        let at = hidden(at);
        is_copied(receiver.how).then(|| quote_spanned!(at=> let #own = #copy;))
    }

    /// A call of a function of the runtime by the name `__own`. What cannot be owned is reported at the argument, once, as with
    /// `returns`; the path begins further in front, or rustc would give the advice to borrow what is borrowed.
    fn named(&self, function: &TokenStream, call: &TokenStream, at: Span) -> TokenStream {
        let rt = self.runtime.at(self.before);
        quote_spanned!(at=> { let __own = #rt::#function::<_>; #call })
    }

    /// The statement that has the compiler look whether an argument can go to another thread.
    fn sent(&self, owned: &Owned) -> Option<TokenStream> {
        if owned.how != (How::Moved { known: false }) {
            return None;
        }
        let exists = exists(owned);
        let names = owned.argument.names.iter().map(|name| {
            let at = name.span();
            self.named(&quote_spanned!(at=> sent), &quote_spanned!(at=> __own(&#name);), at)
        });
        let at = hidden(owned.at());
        Some(quote_spanned!(at=> #exists { #(#names)* }))
    }

    fn lents(&self, used: impl Fn(Used) -> bool) -> TokenStream {
        let arguments = self.background.arguments.iter().filter(|owned| used(owned.used));
        let arguments = arguments.filter(|owned| is_copied(owned.how)).map(|owned| {
            let (exists, pattern) = (exists(owned), &owned.argument.pattern);
            let lent = self.lent(&own(owned), owned.how, owned.at());
            let at = hidden(owned.at());
            quote_spanned!(at=> #exists #[allow(unused_variables, unused_mut)] let #pattern = #lent;)
        });
        arguments.collect()
    }

    /// Where the copy was made, because the bounds on that are demanded of its type wherever it is used.
    fn lent(&self, own: &Ident, how: How, at: Span) -> TokenStream {
        let rt = self.runtime.at(at);
        if how == How::CopiedOption {
            return quote_spanned! {at=>
                ::core::option::Option::map(::core::option::Option::as_ref(&#own), #rt::lend)
            };
        }
        quote_spanned!(at=> #rt::lend(&#own))
    }
}

fn is_copied(how: How) -> bool {
    matches!(how, How::Copied | How::CopiedOption)
}

fn exists(owned: &Owned) -> Option<TokenStream> {
    condition::attribute(owned.argument.condition.as_ref())
}

/// The variable of a copy.
fn own(owned: &Owned) -> Ident {
    format_ident!("own_{}", owned.place, span = Span::mixed_site())
}

fn own_receiver() -> Ident {
    Ident::new("own_self", Span::mixed_site())
}

/// The name of the argument as a whole.
fn whole_name(owned: &Owned) -> Ident {
    let made = || format_ident!("whole_{}", owned.place, span = Span::mixed_site());
    owned.argument.name().cloned().unwrap_or_else(made)
}

/// The pattern of an argument that is copied, with a name for all of it. What the body changes is its own.
fn whole(owned: &Owned, pattern: &Pat) -> Pat {
    match pattern {
        Pat::Ident(named @ PatIdent { subpat: None, .. }) => {
            Pat::Ident(PatIdent { mutability: None, ..named.clone() })
        }
        parts => {
            let whole = whole_name(owned);
            Pat::Verbatim(quote!(#whole @ #parts))
        }
    }
}
