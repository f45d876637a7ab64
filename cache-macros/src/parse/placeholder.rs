//! The placeholder of a template: `<id>`, `<user.id>`, `<user.digest()>`.

use std::ops::Range;

/// A placeholder such as `<filter.range.digest()>`, its names without `r#`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placeholder {
    /// `filter`, or the path of a constant such as `Self::KIND`.
    pub(crate) root: String,
    /// `range`
    pub(crate) fields: Vec<String>,
    /// `digest`
    pub(crate) method: Option<String>,
    /// The bytes in the literal's value, with `<` and `>`.
    pub(crate) at: Range<usize>,
}

impl Placeholder {
    /// Whether the placeholder is of the argument or the type `name`: `<id>`, `<id.0>` or `<T::NAME>`.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        self.root.split("::").next() == Some(name)
    }

    /// The placeholder as it is written between `<` and `>`.
    pub(crate) fn path(&self) -> String {
        let Self { root, fields, method, at: _ } = self;
        let mut path = root.clone();
        for field in fields {
            path.extend([".", field]);
        }
        if let Some(method) = method {
            path.extend([".", method, "()"]);
        }
        path
    }
}

/// Root, fields and method of a placeholder.
type Path = (String, Vec<String>, Option<String>);

/// Reads the inside of a placeholder; the error is what is wrong, and the help.
pub(super) fn path(inside: &str) -> Result<Path, (String, String)> {
    if inside.is_empty() {
        return Err(("`<>` names nothing".into(), "name an argument, as in `<id>`".into()));
    }
    let (names, call) = match inside.split_once('(') {
        None => (inside, false),
        Some((names, ")")) => (names, true),
        Some((function, arguments)) if is_name(function) => {
            let argument = arguments.strip_suffix(')').filter(|argument| is_name(argument));
            let argument = argument.unwrap_or("user");
            return Err((
                format!("`<{inside}>` calls a function"),
                format!(
                    "only a method of an argument can be in a key, as in `<{argument}.{function}()>`"
                ),
            ));
        }
        Some((names, _)) => {
            return Err((
                format!("`<{inside}>` calls a method with arguments"),
                format!("only a method without arguments can be in a key, as in `<{names}()>`"),
            ));
        }
    };
    let mut parts = names.split('.').map(|name| name.strip_prefix("r#").unwrap_or(name));
    let root = parts.next().unwrap_or_default().to_owned();
    let mut fields: Vec<String> = parts.map(str::to_owned).collect();
    let constant = root.contains("::") && fields.is_empty() && !call;
    let root_ok = if constant { root.split("::").all(is_name) } else { is_name(&root) };
    let fields_ok = fields.iter().all(|field| is_name(field) || is_index(field));
    if !root_ok || !fields_ok {
        let packed: String = inside.split_whitespace().collect();
        if packed != inside && path(&packed).is_ok() {
            return Err((
                format!("white space in the placeholder `<{inside}>`"),
                format!("write `<{packed}>`"),
            ));
        }
        return Err((
            format!("`<{inside}>` is not a placeholder"),
            "a placeholder is `<id>`, `<user.id>`, `<user.digest()>` or `<CONST>`".into(),
        ));
    }
    if !call {
        return Ok((root, fields, None));
    }
    match fields.pop() {
        Some(method) if is_name(&method) => Ok((root, fields, Some(method))),
        _ => Err((
            format!("`<{inside}>` is a call without a receiver"),
            "a placeholder is `<id>`, `<user.id>`, `<user.digest()>` or `<CONST>`".into(),
        )),
    }
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c.is_alphanumeric())
}

fn is_index(text: &str) -> bool {
    text.len() <= 4 && !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}
