//! A cached function in which every rule holds: what `check` promises and `expand` relies on.

pub(crate) mod background;
pub(crate) mod cache_policy;
pub(crate) mod each;
pub(crate) mod key_part;

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Generics, Ident, LitStr, Member, Path, Signature, Token, Type};

use self::background::Background;
use crate::parse::args::{Argument, Arguments};
use crate::parse::condition::Condition;
use crate::parse::function::Function;
use crate::parse::invalidates::After;
use crate::parse::reference::Reference;
use crate::parse::settings::Settings;
use crate::parse::words::Guard;

/// A function that reads or writes entries of its own key.
pub(crate) struct Cached {
    pub(crate) function: Function,
    pub(crate) arguments: Arguments,
    pub(crate) owner: Owner,
    /// The generic parameters that the companion may keep.
    pub(crate) generics: Generics,
    pub(crate) form: Form,
    /// The type of the awaited result.
    pub(crate) returns: Type,
    pub(crate) key: Key,
    /// The type and const parameters that are seen, by name.
    pub(crate) parameters: Vec<String>,
    /// Whether a `static` can name the constants in the key.
    pub(crate) constants_known: bool,
    /// Whether a `static` can name the type of what is stored.
    pub(crate) value_known: bool,
    pub(crate) tags: Vec<Key>,
    pub(crate) groups: Vec<Group>,
    /// Set if the function writes the entry, and does not read it.
    pub(crate) writes: Option<Writes>,
    /// Claims that only the compiler can check, because it needs types.
    pub(crate) proofs: Vec<Proof>,
    pub(crate) connections: Vec<Connection>,
    /// What a load owns, if the cache owns the loads.
    pub(crate) background: Option<Background>,
    pub(crate) policy: Policy,
    /// The names of the options that are given, where they are.
    pub(crate) given: Vec<Ident>,
    /// The name that references use.
    pub(crate) companion: Ident,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// Where a function stands, which decides where its companion can.
#[derive(Clone)]
pub(crate) enum Owner {
    /// A module, or the body of a function.
    Module,
    /// An `impl` of a type itself, or one that cannot be told from that. `block` is its name, where
    /// that is seen.
    Impl { block: Option<Ident> },
    /// An `impl` of that trait. `name` is that of no other.
    ImplOf { path: Path, name: Ident },
    /// A trait, which may provide the function or leave it to the types that implement it.
    Trait { name: Ident, provided: bool },
}

impl Owner {
    /// The owner of a function, as far as its own signature tells.
    pub(crate) fn of(signature: &Signature) -> Self {
        if signature.receiver().is_some() { Self::Impl { block: None } } else { Self::Module }
    }

    /// The name of the block around the function, of which the span is that of its keyword, or of the trait.
    pub(crate) fn block(&self) -> Option<&Ident> {
        match self {
            Self::Module => None,
            Self::Impl { block } => block.as_ref(),
            Self::ImplOf { name, .. } | Self::Trait { name, .. } => Some(name),
        }
    }

    /// The token behind which rustc offers to add a type parameter for a type of `function` that it does not know.
    pub(crate) fn parameters_follow(&self, function: &Function) -> Option<Span> {
        match self {
            Self::Module => Some(function.signature.ident.span()),
            _ => self.block().map(Ident::span),
        }
    }
}

/// The way in which a function is asynchronous.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// `async fn`
    Async,
    /// `fn … -> impl Future<Output = T>`
    Future,
}

impl Cached {
    /// The type of what is stored: of the return value, or of the argument that is written.
    pub(crate) fn stored(&self) -> &Type {
        let written = self.writes.as_ref().and_then(|writes| writes.value.argument());
        written.map_or(&self.returns, Argument::bare)
    }

    /// All tags that an entry carries: those of the user, and those of its groups.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &Key> {
        self.tags.iter().chain(self.groups.iter().map(|group| &group.tag))
    }
}

/// `group(user)`: the entries whose keys have these arguments in common carry a tag.
pub(crate) struct Group {
    /// A name of each argument.
    pub(crate) arguments: Vec<Ident>,
    /// The key with `*` for the other arguments, which no rendered value contains.
    pub(crate) tag: Key,
}

impl Group {
    pub(crate) fn names(&self, argument: &Argument) -> bool {
        argument.names.iter().any(|name| self.arguments.contains(name))
    }
}

/// The value that a function writes, and how it is guarded.
pub(crate) struct Writes {
    pub(crate) value: Written,
    pub(crate) guarding: Guarding,
}

/// The value that a function leaves in the cache when it writes.
pub(crate) enum Written {
    Argument(Box<Argument>),
    Returned,
}

impl Written {
    /// The argument that is written, if it is one.
    pub(crate) fn argument(&self) -> Option<&Argument> {
        match self {
            Self::Argument(argument) => Some(argument),
            Self::Returned => None,
        }
    }
}

/// A function that writes the entry of another function, under that one's policy.
pub(crate) struct WritesOther {
    pub(crate) function: Function,
    pub(crate) form: Form,
    pub(crate) returns: Type,
    pub(crate) target: Reference,
    pub(crate) store_if: Option<ExprClosure>,
    pub(crate) writes: Writes,
    pub(crate) connections: Vec<Connection>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// The template of a key or a tag whose placeholders are all known.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) literal: LitStr,
    /// The text with its placeholders made alike.
    pub(crate) shape: String,
    pub(crate) parts: Vec<Part>,
}

impl Key {
    /// The constants in the key, among them const parameters.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(Value { root: Root::Constant(path), .. }) => Some(path),
            _ => None,
        })
    }
}

#[derive(Clone)]
pub(crate) enum Part {
    Text(String),
    Value(Value),
}

/// A placeholder: `filter.range.digest()`.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) root: Root,
    pub(crate) fields: Vec<Member>,
    pub(crate) method: Option<Ident>,
    /// The span that is underlined if its type cannot be in a key.
    pub(crate) span: Span,
}

impl Value {
    /// Whether the placeholder names a whole argument, without a field or a method.
    pub(crate) fn is_whole(&self) -> bool {
        self.fields.is_empty() && self.method.is_none()
    }
}

#[derive(Clone)]
pub(crate) enum Root {
    /// A name that an argument binds.
    Argument(Ident),
    Receiver(Token![self]),
    Constant(Path),
}

/// A claim that the generated code makes the compiler check, in builds in which the condition holds.
pub(crate) struct Proof {
    pub(crate) condition: Option<Condition>,
    pub(crate) claim: Claim,
}

/// A claim about types, or about the build.
pub(crate) enum Claim {
    /// The argument is left over, so its type has to be `Ambient`. `borrowed` if it is a `&T`.
    /// If it may as well be what the function writes, the message says so.
    Ambient { subject: Subject, borrowed: bool, or_written: bool },
    /// The struct at `path` has no other fields than these. What is `within` the subject is that struct behind so
    /// many `layers` of references and pointers.
    Exhaustive {
        subject: Subject,
        within: Option<Member>,
        layers: usize,
        path: Path,
        fields: Vec<Member>,
    },
    /// A mistake in each build that has this claim.
    Never(syn::Error),
}

/// The argument that a claim is about.
#[derive(Clone)]
pub(crate) enum Subject {
    Argument(Ident),
    Receiver(Token![self]),
}

impl Subject {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Argument(name) => name.span(),
            Self::Receiver(token) => token.span(),
        }
    }
}

/// The policy of a function's entries: what is stored, where, and for how long.
pub(crate) struct Policy {
    pub(crate) ttl: Ttl,
    pub(crate) settings: Settings,
}

/// The ttl of a policy: when a value expires.
pub(crate) enum Ttl {
    Milliseconds(u64),
    /// A constant of type `Duration`.
    Constant(Path),
    /// An expression over the arguments.
    Computed(Expr),
    /// A closure on the value.
    OfValue(ExprClosure),
}

/// A function that writes to the source, with the entries and tags that it changes.
pub(crate) struct Invalidates {
    pub(crate) arguments: Arguments,
    pub(crate) form: Form,
    /// The type of the awaited result.
    pub(crate) returns: Type,
    pub(crate) references: Vec<Reference>,
    pub(crate) after: Vec<After>,
    pub(crate) tags: Vec<Key>,
    /// Claims that only the compiler can check.
    pub(crate) proofs: Vec<Proof>,
    pub(crate) guarding: Guarding,
    pub(crate) connections: Vec<Connection>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// The entries and tags that `invalidate!` names.
pub(crate) struct Invalidation {
    pub(crate) references: Vec<Reference>,
    pub(crate) tags: Vec<Key>,
}

/// The tags that `policies!` lists for a crate.
pub(crate) struct Policies {
    /// By shape, each with its place.
    pub(crate) tags: BTreeMap<String, Span>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// An argument that may carry a transaction which the caller commits.
pub(crate) struct Connection {
    pub(crate) name: Ident,
    /// The builds that have it, if not all do.
    pub(crate) condition: Option<Condition>,
    /// Its name and its type, as written.
    pub(crate) text: String,
}

/// The guard of a function that writes, with how long it stays.
pub(crate) struct Guarding {
    /// That of the runtime, unless one is given.
    pub(crate) guard: Option<Guard>,
    /// The milliseconds that the guard stays after the function has returned.
    pub(crate) hold: Option<u64>,
    pub(crate) only_ok: bool,
}
