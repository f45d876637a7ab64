//! Which arguments may carry a transaction that the caller commits, as far as their types tell by the way they are written.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    GenericParam, Generics, Ident, PathArguments, Token, Type, TypeParamBound, TypePath,
    WherePredicate,
};

use crate::model::{Connection, Key, Part, Root, Value};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::reference::{Reference, written};

/// Transactions of the database libraries whose names mean nothing else. `Transaction` may be one of a ledger.
const TRANSACTIONS: [&str; 6] = [
    "PgTransaction",
    "MySqlTransaction",
    "SqliteTransaction",
    "AnyTransaction",
    "DatabaseTransaction",
    "WriteTransaction",
];

/// Crates of database libraries, as they stand in front of a type.
const LIBRARIES: [&str; 6] =
    ["sqlx", "sea_orm", "tokio_postgres", "deadpool_postgres", "mysql_async", "libsql"];

/// Connections of database libraries, and what these are often called. Many other things are a connection of
/// some kind.
const CONNECTIONS: [&str; 15] = [
    "PgConnection",
    "MySqlConnection",
    "MysqlConnection",
    "SqliteConnection",
    "AnyConnection",
    "AsyncPgConnection",
    "AsyncMysqlConnection",
    "SyncConnectionWrapper",
    "PoolConnection",
    "PooledConnection",
    "DbConnection",
    "DbConn",
    "Conn",
    "Object",
    "ClientSession",
];

/// Traits that pools, connections and transactions have in common.
const EXECUTORS: [&str; 15] = [
    "Executor",
    "PgExecutor",
    "MySqlExecutor",
    "SqliteExecutor",
    "AnyExecutor",
    "Acquire",
    "PgAcquire",
    "MySqlAcquire",
    "SqliteAcquire",
    "ConnectionTrait",
    "TransactionTrait",
    "StreamTrait",
    "GenericClient",
    "AsyncConnection",
    "Queryable",
];

/// Names that make an argument data: those in keys, in tags, and in references.
pub(super) struct Named<'a> {
    pub(super) keys: Vec<&'a Key>,
    pub(super) references: Vec<&'a Reference>,
    pub(super) written: Option<&'a Argument>,
}

impl Named<'_> {
    fn have(&self, name: &Ident) -> bool {
        let in_key = |part: &Part| matches!(part, Part::Value(Value { root: Root::Argument(root), .. }) if root == name);
        let in_reference = |reference: &&Reference| {
            let text = reference.text();
            text.split(|c: char| c != '_' && !c.is_alphanumeric()).any(|word| name == word)
        };
        self.keys.iter().any(|key| key.parts.iter().any(in_key))
            || self.references.iter().any(in_reference)
            || self.written.is_some_and(|argument| argument.names.contains(name))
    }
}

/// Finds the arguments that may carry a transaction: those that are used, and are no data.
pub(super) fn find(
    arguments: &Arguments,
    own: &Generics,
    around: Option<&Generics>,
    named: &Named<'_>,
) -> Vec<Connection> {
    let generics: Vec<&Generics> = [own].into_iter().chain(around).collect();
    let all = arguments.bindings().filter(|(argument, name)| {
        !plain(name).starts_with('_') && !argument.names.iter().any(|name| named.have(name))
    });
    all.filter_map(|(argument, name)| {
        let ty = may_carry(&argument.ty, &generics)?;
        let text = format!("{}: {ty}", plain(name));
        Some(Connection { name: name.clone(), condition: argument.condition.clone(), text })
    })
    .collect()
}

/// Whether a type may be a transaction, or a connection with one.
pub(super) fn is_one(ty: &Type, generics: &Generics) -> bool {
    may_carry(ty, &[generics]).is_some()
}

/// The text of a type that may be a transaction, or a connection with one.
fn may_carry(ty: &Type, generics: &[&Generics]) -> Option<String> {
    let (bare, borrowed) = bare(ty, Borrowed::No);
    match bare {
        Type::ImplTrait(of) => of.bounds.iter().any(is_executor).then(|| shown(ty)),
        Type::TraitObject(of) => of.bounds.iter().any(is_executor).then(|| shown(ty)),
        Type::Path(path) => match executor_of(path, generics) {
            Some(bound) => Some(format!("{} where {bound}", shown(ty))),
            None => is_known(path, borrowed).then(|| shown(ty)),
        },
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Borrowed {
    No,
    Shared,
    Mutably,
}

/// The type behind references, and how they borrow it.
fn bare(ty: &Type, borrowed: Borrowed) -> (&Type, Borrowed) {
    match ty {
        Type::Reference(of) if of.mutability.is_some() => bare(&of.elem, Borrowed::Mutably),
        Type::Reference(of) if borrowed == Borrowed::No => bare(&of.elem, Borrowed::Shared),
        Type::Reference(of) => bare(&of.elem, borrowed),
        Type::Paren(of) => bare(&of.elem, borrowed),
        Type::Group(of) => bare(&of.elem, borrowed),
        _ => (ty, borrowed),
    }
}

/// Whether the type is borrowed, and one of a database library. What a function owns it commits itself.
fn is_known(path: &TypePath, borrowed: Borrowed) -> bool {
    let segments = &path.path.segments;
    let (Some(first), Some(last)) = (segments.first(), segments.last()) else { return false };
    let name = last.ident.to_string();
    let is = |names: &[&str]| names.contains(&name.as_str());
    let qualified = segments.len() > 1 && LIBRARIES.iter().any(|library| first.ident == library);
    match borrowed {
        Borrowed::No => false,
        Borrowed::Mutably if is(&CONNECTIONS) => true,
        // one of a ledger is read, and has no lifetime
        Borrowed::Mutably => is_transaction(&name),
        Borrowed::Shared if qualified || !matches!(last.arguments, PathArguments::None) => {
            is_transaction(&name)
        }
        Borrowed::Shared => is(&TRANSACTIONS),
    }
}

fn is_transaction(name: &str) -> bool {
    name.ends_with("Transaction") || name.ends_with("Tx")
}

/// The bound by which a type parameter may be a transaction.
fn executor_of(path: &TypePath, generics: &[&Generics]) -> Option<String> {
    let name = path.path.get_ident()?;
    let of = |ty: String, bounds: &Punctuated<TypeParamBound, Token![+]>| {
        let executor = bounds.iter().find(|bound| is_executor(bound));
        executor.map(|bound| format!("{ty}: {}", shown(bound)))
    };
    generics.iter().find_map(|generics| {
        let param = generics.params.iter().find_map(|param| match param {
            GenericParam::Type(param) if param.ident == *name => of(plain(name), &param.bounds),
            _ => None,
        });
        let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let mut clauses = clauses.filter_map(|predicate| match predicate {
            WherePredicate::Type(clause) if is_ident(&clause.bounded_ty, name) => {
                of(shown(&clause.bounded_ty), &clause.bounds)
            }
            _ => None,
        });
        param.or_else(|| clauses.next())
    })
}

fn is_ident(ty: &Type, name: &Ident) -> bool {
    matches!(bare(ty, Borrowed::No).0, Type::Path(path) if path.path.is_ident(name))
}

fn is_executor(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let last = bound.path.segments.last();
    last.is_some_and(|last| EXECUTORS.iter().any(|executor| last.ident == executor))
}

fn shown(tokens: impl ToTokens) -> String {
    written(tokens).replace('=', " = ").replace('+', " + ").replace("mut&", "mut &")
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Named, find};

    fn found(signature: &syn::Signature) -> Vec<String> {
        let named = Named { keys: Vec::new(), references: Vec::new(), written: None };
        let arguments = Arguments::of(signature);
        let found = find(&arguments, &signature.generics, None, &named);
        found.into_iter().map(|connection| connection.text).collect()
    }

    #[test]
    fn transactions_and_connections_of_every_library_are_found() {
        let signature = syn::parse_quote! {
            fn f(
                a: &mut Transaction<'_, Sqlite>,
                mut b: &mut sqlx::PgTransaction<'_>,
                c: &'a mut PgConnection,
                d: &mut PoolConnection<Postgres>,
                e: &DatabaseTransaction,
                f: &Transaction<'_>,
                g: &tokio_postgres::Transaction,
                h: &mut Self::Tx<'_>,
                i: &mut AsyncPgConnection,
                Extension(j): &mut Tx,
                k: &mut &mut Transaction<'_, Sqlite>,
            )
        };
        let expected = [
            "a: &mut Transaction<'_, Sqlite>",
            "b: &mut sqlx::PgTransaction<'_>",
            "c: &'a mut PgConnection",
            "d: &mut PoolConnection<Postgres>",
            "e: &DatabaseTransaction",
            "f: &Transaction<'_>",
            "g: &tokio_postgres::Transaction",
            "h: &mut Self::Tx<'_>",
            "i: &mut AsyncPgConnection",
            "j: &mut Tx",
            "k: &mut &mut Transaction<'_, Sqlite>",
        ];
        assert_eq!(found(&signature), expected);
    }

    #[test]
    fn what_is_bound_to_execute_is_found() {
        let signature = syn::parse_quote! {
            fn f<'e, E: PgExecutor<'e>, C, A>(
                a: impl Executor<'_, Database = Sqlite> + Send,
                b: E,
                c: &C,
                d: &mut A,
                e: &impl ConnectionTrait,
                f: &dyn ConnectionTrait,
                g: &C,
            ) where C: Send + GenericClient, for<'c> &'c mut A: sqlx::Executor<'c>
        };
        let expected = [
            "a: impl Executor<'_, Database = Sqlite> + Send",
            "b: E where E: PgExecutor<'e>",
            "c: &C where C: GenericClient",
            "d: &mut A where &'c mut A: sqlx::Executor<'c>",
            "e: &impl ConnectionTrait",
            "f: &dyn ConnectionTrait",
            "g: &C where C: GenericClient",
        ];
        assert_eq!(found(&signature), expected);
    }

    #[test]
    fn pools_data_and_what_the_function_owns_are_not() {
        let signature = syn::parse_quote! {
            fn f<T: Display>(
                a: &PgPool,
                b: &Pool<Sqlite>,
                c: &DatabaseConnection,
                d: &Transaction,
                e: Transaction<'_, Sqlite>,
                f: NewTransaction,
                g: &T,
                h: impl AsRef<str>,
                i: &mut redis::aio::MultiplexedConnection,
                j: &PgConnection,
                _k: &mut PgConnection,
                _: &mut PgConnection,
                l: &[Transaction<'_>],
            )
        };
        assert_eq!(found(&signature), Vec::<String>::new());
    }
}
