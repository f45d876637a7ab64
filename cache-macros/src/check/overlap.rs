//! Whether the keys of two functions can render to one text.

use syn::Type;

use super::method::Named;
use crate::diag::{Errors, with_help};
use crate::parse::args::Arguments;
use crate::parse::name::is_constant;
use crate::parse::options::Options;
use crate::parse::template::{Piece, Template, in_rendered_values};
use crate::parse::words::Strategy;

/// Reports each method whose key meets that of one before it.
pub(super) fn check(methods: &[Named<'_>], errors: &mut Errors) {
    let keys: Vec<Key<'_>> = methods.iter().filter_map(Key::of).collect();
    for (at, key) in keys.iter().enumerate() {
        // of two methods with one name a build has one
        let before = keys[..at].iter().filter(|before| before.function != key.function);
        let mut before = before.filter(|before| before.cache == key.cache);
        if let Some(other) = before.find(|before| before.meets(key)) {
            errors.at(key.template.literal.span(), met(other, key));
        }
    }
}

/// The key of a cached method.
struct Key<'a> {
    function: String,
    template: &'a Template,
    /// The path of its slot: keys of two caches never meet.
    cache: Option<String>,
    writes_through: bool,
    pattern: Vec<Step>,
}

impl<'a> Key<'a> {
    fn of(method: &'a Named<'_>) -> Option<Self> {
        let options = method.options.as_ref()?;
        let template = options.key.value().filter(|template| template.sound)?;
        let arguments = Arguments::of(&method.method.function.signature);
        let cache = options.settings.cache.value();
        Some(Self {
            function: method.name().to_string(),
            template,
            cache: cache.map(|path| quote::quote!(#path).to_string()),
            writes_through: writes_through(options),
            pattern: pattern(template, &arguments),
        })
    }

    /// Whether two keys can render to one text; reader and writer of an entry share its key on purpose.
    fn meets(&self, other: &Self) -> bool {
        !(self.writes_through && other.writes_through) && meet(&self.pattern, &other.pattern)
    }
}

fn writes_through(options: &Options) -> bool {
    options.settings.strategy() == Strategy::WriteThrough
}

fn met(other: &Key<'_>, key: &Key<'_>) -> String {
    let (name, written) = (&key.function, key.template.literal.value());
    let (other_name, other_written) = (&other.function, other.template.literal.value());
    let (first, rest) = written.split_once(':').unwrap_or(("", &written));
    let own = if rest.contains('<') || first.is_empty() { name } else { first };
    let between = if own == name { ":" } else { "-" };
    let help = format!("begin it with a word of its own, as in `key = \"{own}{between}{rest}\"`");
    let what = if key.template.shape() == other.template.shape() {
        format!(
            "`{name}` and `{other_name}` share the key `{written}`: each would read the other's entries"
        )
    } else {
        format!(
            "`{written}` of `{name}` and `{other_written}` of `{other_name}` can render to one \
             key: each would read the other's entries"
        )
    };
    with_help(&what, &help)
}

/// One step through a rendered key.
#[derive(Clone)]
enum Step {
    Exactly(char),
    /// A constant of this path. What it renders to is not seen here: two are alike if they have one name.
    Constant(String),
    One(Class),
    /// None, or several.
    Any(Class),
}

/// The characters that a placeholder renders to.
#[derive(Clone, Copy)]
enum Class {
    Integer,
    /// Of a type that its name does not tell.
    Value,
}

impl Class {
    fn contains(self, c: char) -> bool {
        match self {
            Self::Integer => c == '-' || c.is_ascii_digit(),
            Self::Value => in_rendered_values(c),
        }
    }
}

fn pattern(template: &Template, arguments: &Arguments) -> Vec<Step> {
    let mut steps = Vec::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => steps.extend(text.chars().map(Step::Exactly)),
            Piece::Placeholder(at) => {
                let whole = at.fields.is_empty() && at.method.is_none();
                let argument = arguments.find(&at.root).filter(|_| whole);
                let named = argument.filter(|(argument, _)| argument.name().is_some());
                match named {
                    _ if is_constant(&at.root) && arguments.find(&at.root).is_none() => {
                        steps.push(Step::Constant(at.path()));
                    }
                    Some((argument, _)) if is_integer(&argument.ty) => {
                        steps.extend([Step::One(Class::Integer), Step::Any(Class::Integer)]);
                    }
                    _ => steps.push(Step::Any(Class::Value)),
                }
            }
        }
    }
    steps
}

fn is_integer(ty: &Type) -> bool {
    const INTEGERS: [&str; 12] =
        ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"];
    match ty {
        Type::Reference(reference) => is_integer(&reference.elem),
        Type::Path(path) => INTEGERS.iter().any(|name| path.path.is_ident(name)),
        _ => false,
    }
}

/// Whether some text follows both patterns.
fn meet(left: &[Step], right: &[Step]) -> bool {
    let mut seen = vec![false; (left.len() + 1) * (right.len() + 1)];
    let mut open = vec![(0, 0)];
    while let Some((at, to)) = open.pop() {
        let place = at * (right.len() + 1) + to;
        if std::mem::replace(&mut seen[place], true) {
            continue;
        }
        let (a, b) = (left.get(at), right.get(to));
        if a.is_none() && b.is_none() {
            return true;
        }
        if matches!(a, Some(Step::Any(_))) {
            open.push((at + 1, to));
        }
        if matches!(b, Some(Step::Any(_))) {
            open.push((at, to + 1));
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        if share_a_character(a, b) {
            open.push((after(a, at), after(b, to)));
        }
    }
    false
}

fn after(step: &Step, at: usize) -> usize {
    if matches!(step, Step::Any(_)) { at } else { at + 1 }
}

fn share_a_character(a: &Step, b: &Step) -> bool {
    match (a, b) {
        (Step::Constant(a), Step::Constant(b)) => a == b,
        (Step::Constant(_), other) | (other, Step::Constant(_)) => {
            matches!(other, Step::Any(Class::Value))
        }
        (Step::Exactly(a), Step::Exactly(b)) => a == b,
        (Step::Exactly(c), Step::One(class) | Step::Any(class))
        | (Step::One(class) | Step::Any(class), Step::Exactly(c)) => class.contains(*c),
        // every class contains the digits
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{meet, pattern};
    use crate::diag::Errors;
    use crate::parse::args::Arguments;
    use crate::parse::template::Template;
    use syn::{LitStr, Signature};

    fn share(a: &str, b: &str) -> bool {
        let signature: Signature = syn::parse_quote!(fn f(id: u64, name: &str));
        let arguments = Arguments::of(&signature);
        let read = |text: &str| {
            let literal = LitStr::new(text, proc_macro2::Span::call_site());
            pattern(&Template::parse("key", &literal, &mut Errors::default()), &arguments)
        };
        meet(&read(a), &read(b))
    }

    #[test]
    fn what_a_placeholder_can_render_is_met() {
        assert!(share("user:<id>", "user:<name>"));
        assert!(share("user:me", "user:<name>"));
        assert!(share("user:jürgen", "user:<name>"));
        assert!(share("<name>:me", "user:<name>"));
        assert!(share("user:7", "user:<id>"));
        assert!(share("user:<name>:posts", "user:<id>:<name>"));
        assert!(share("<KIND>:<id>", "<KIND>:<name>"));
        assert!(share("item:<Self::KIND>", "item:<name>"));
    }

    #[test]
    fn what_none_can_render_is_not_met() {
        assert!(!share("user:me", "user:<id>"));
        assert!(!share("user:a:b", "user:<name>"));
        assert!(!share("user:<id>", "users:<id>"));
        assert!(!share("user:<id>", "user:<id>:posts"));
        assert!(!share("user:", "user:<id>"));
        assert!(!share("<USER>:<id>", "<POST>:<id>"));
        assert!(!share("item:<KIND>", "item:<id>"));
        assert!(!share("item:<KIND>", "item:user"));
    }
}
