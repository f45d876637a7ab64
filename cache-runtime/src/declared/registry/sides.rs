//! The functions of one key: one that reads it, and any number that write it through.

use std::collections::BTreeMap;

use super::advice::{Advice, place};
use super::policies::{Policies, key_shape};
use crate::declared::slot::CacheSlot;
use crate::key::shape;
use crate::policy::{Policy, Tier};

impl Policies {
    /// Two functions that render one key read each other's entries.
    pub(super) fn shared_keys(&self) -> Vec<Advice> {
        self.sharing()
            .filter(|(readers, unknown)| is_certain(readers, unknown.as_deref()))
            .map(|(readers, _)| {
                Advice::error(format!(
                    "these functions share the key `{}`, so each reads the other's entries: {}",
                    readers[0].key,
                    places(&readers)
                ))
            })
            .collect()
    }

    /// Functions that share a key if a constant has one value for both, which cannot be seen from outside of their types.
    pub(super) fn possibly_shared_keys(&self) -> Vec<Advice> {
        self.sharing()
            .filter(|(readers, unknown)| !is_certain(readers, unknown.as_deref()))
            .map(|(readers, unknown)| {
                let (key, unknown) = (readers[0].key, unknown.unwrap_or_default());
                let places = places(&readers);
                Advice::hint(format!(
                    "these functions share the key `{key}` unless `{unknown}` differs between them: {places}"
                ))
            })
            .collect()
    }

    /// The readers of each key that several have, and the constant in it whose value is not known.
    fn sharing(&self) -> impl Iterator<Item = (Vec<&'static Policy>, Option<String>)> {
        self.by_key().into_iter().filter_map(|((key, _), policies)| {
            let readers: Vec<_> = policies.into_iter().filter(|policy| !policy.writes).collect();
            (readers.len() > 1).then(|| (readers, unknown(&key).map(str::to_owned)))
        })
    }

    /// What a writer leaves in an entry is read, and invalidated, as its reader says.
    pub(super) fn sides_that_differ(&self) -> Vec<Advice> {
        let mut found = Vec::new();
        for policies in self.by_key().into_values() {
            let (writers, readers): (Vec<&Policy>, Vec<&Policy>) =
                policies.into_iter().partition(|policy| policy.writes);
            let Some(reader) = readers.first() else { continue };
            found.extend(writers.into_iter().flat_map(|writer| compared(reader, writer)));
        }
        found
    }

    /// The policies, those together whose keys have one shape in one slot.
    fn by_key(&self) -> BTreeMap<(String, *const CacheSlot), Vec<&'static Policy>> {
        let mut by_shape: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for callsite in &self.callsites {
            let slot = std::ptr::from_ref(callsite.slot());
            let policy = callsite.policy();
            by_shape.entry((key_shape(policy), slot)).or_default().push(policy);
        }
        by_shape
    }
}

fn places(policies: &[&Policy]) -> String {
    let places: Vec<_> = policies.iter().map(|policy| place(policy)).collect();
    places.join(", ")
}

/// The constant of a key's shape that is there by its name, a path above a bare name.
fn unknown(shape: &str) -> Option<&str> {
    let placeholders = shape.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    placeholders.filter(|name| !name.is_empty()).max_by_key(|name| name.contains("::"))
}

/// A bare name is that of one constant in all of a module. `Self::KIND` is of a type.
fn is_certain(readers: &[&Policy], unknown: Option<&str>) -> bool {
    let one_module = readers.iter().all(|reader| reader.module == readers[0].module);
    unknown.is_none_or(|name| one_module && !name.contains("::"))
}

fn compared(reader: &Policy, writer: &Policy) -> Vec<Advice> {
    let mut found = Vec::new();
    found.extend(values(reader, writer));
    if shapes(reader.tags) != shapes(writer.tags) {
        found.push(different("tags", &listed(reader.tags), &listed(writer.tags), reader, writer));
    }
    if shapes(reader.groups) != shapes(writer.groups) {
        let (of_reader, of_writer) = (listed(reader.groups), listed(writer.groups));
        found.push(different("groups", &of_reader, &of_writer, reader, writer));
    }
    if reader.version != writer.version {
        let (of_reader, of_writer) = (reader.version.to_string(), writer.version.to_string());
        found.push(different("version", &of_reader, &of_writer, reader, writer));
    }
    if reader.tier != writer.tier {
        // kept in another tier, what is written is not what is read
        let (of_reader, of_writer) = (tier(reader.tier), tier(writer.tier));
        found.push(different("tier", of_reader, of_writer, reader, writer));
    }
    found
}

/// A method's types may mention parameters that a `static` cannot name: of those only the text is known, in which one
/// type may be spelt in two ways.
fn values(reader: &Policy, writer: &Policy) -> Option<Advice> {
    let text = |read: &str, written: &str| {
        format!(
            "{} writes a `{written}` under the key `{}`, where {} reads a `{read}`",
            place(writer),
            writer.key,
            place(reader)
        )
    };
    if let (Some(read), Some(written)) = (reader.stores, writer.stores) {
        let (read, written) = (value(read()), value(written()));
        return (read != written).then(|| Advice::error(text(read, written)));
    }
    (reader.value != writer.value).then(|| Advice::hint(text(reader.value, writer.value)))
}

/// The value in a type: what is left of its name without `Result`, `Option`, `Arc` and references.
fn value(name: &str) -> &str {
    const AROUND: [&str; 4] =
        ["core::result::Result<", "core::option::Option<", "alloc::sync::Arc<", "&"];
    let Some(inner) = AROUND.iter().find_map(|around| name.strip_prefix(around)) else {
        return name;
    };
    let mut depth = 0_usize;
    let end = inner.find(|c| {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' if depth > 0 => depth -= 1,
            '>' => return true,
            _ => {}
        }
        c == ',' && depth == 0
    });
    value(&inner[..end.unwrap_or(inner.len())])
}

fn different(
    what: &str,
    of_reader: &str,
    of_writer: &str,
    reader: &Policy,
    writer: &Policy,
) -> Advice {
    Advice::error(format!(
        "{} and {} share the key `{}` and differ in `{what}`: {of_reader} and {of_writer}",
        place(reader),
        place(writer),
        reader.key
    ))
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::All => "every tier",
        Tier::Local => "local",
        Tier::Remote => "remote",
    }
}

fn shapes(templates: &[&str]) -> Vec<String> {
    let mut shapes: Vec<_> = templates.iter().map(|template| shape(template)).collect();
    shapes.sort_unstable();
    shapes
}

fn listed(templates: &[&str]) -> String {
    if templates.is_empty() { "none".to_owned() } else { templates.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::value;

    fn of<T>() -> &'static str {
        value(std::any::type_name::<T>())
    }

    #[test]
    fn a_value_is_told_from_what_is_around_it() {
        let string = of::<String>();
        assert_eq!(string, "alloc::string::String");
        assert_eq!(of::<Option<Arc<String>>>(), string);
        assert_eq!(of::<Result<String, std::fmt::Error>>(), string);
        assert_eq!(of::<Result<Option<Arc<String>>, ()>>(), string);
        assert_eq!(of::<&String>(), string);
        assert_eq!(of::<Result<(u8, Vec<[u8; 3]>), String>>(), of::<(u8, Vec<[u8; 3]>)>());
        assert_ne!(of::<Vec<String>>(), string);
    }
}
