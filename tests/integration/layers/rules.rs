//! Which unit stands in which layer, and what is wrong with an import.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Import, Source};

/// Every unit and its layer. A unit is a module with all that is below it;
/// only a concrete store is a unit of its own below `store`.
const LAYERS: &[(&str, u8)] = &[
    ("clock", 0),
    ("contained", 0),
    ("counters", 0),
    ("deferred_drop", 0),
    ("error", 0),
    ("fault", 0),
    ("io", 0),
    ("key", 0),
    ("outcome", 0),
    ("scope", 0),
    ("timer", 0),
    ("times", 0),
    ("token", 0),
    ("trouble", 0),
    ("ttl", 0),
    ("uncommitted", 0),
    ("codec", 1),
    ("policy", 1),
    ("store", 1),
    ("store::namespace", 1),
    ("store::memory", 2),
    ("store::redis", 2),
    ("value", 2),
    ("flight", 3),
    ("tiers", 4),
    ("load", 5),
    ("write", 6),
    ("cache", 7),
    ("declared", 8),
    ("builder", 9),
    ("testing", 9),
    ("lib", 10),
    ("private", 10),
];

/// Edges that the numbers alone would allow, each with the reason against it.
const NEVER: &[(&str, &str, &str)] = &[
    ("store", "policy", "a store knows bytes, expiry, leases and tags, no policies"),
    ("store", "codec", "a store knows bytes, not how they were made"),
    ("codec", "store", "an encoding must not depend on where it is kept"),
    ("load", "store::memory", "a load works on the store trait, never on one store"),
    ("load", "store::redis", "a load works on the store trait, never on one store"),
    ("store::memory", "store::redis", "stores do not know each other"),
    ("store::redis", "store::memory", "stores do not know each other"),
];

/// Units that may import nothing but the units listed.
const ONLY: &[(&str, &[&str])] = &[("counters", &["key"])];

/// What is wrong with the imports of these sources, one line each.
pub(super) fn violations(sources: &[Source]) -> Vec<String> {
    let mut found: BTreeSet<String> = sources.iter().filter_map(unassigned).collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        for import in source.imports(sources) {
            let (from, to) = (unit(&source.module), unit(&import.module));
            if from == to {
                continue;
            }
            found.extend(forbidden(source, &import));
            edges.entry(from).or_default().insert(to);
        }
    }
    found.extend(cycle(&edges).map(|path| format!("a cycle of imports: {}", path.join(" -> "))));
    found.into_iter().collect()
}

/// `store::memory::evict` is part of the unit `store::memory`, `codec::json` of `codec`.
fn unit(module: &str) -> String {
    let depth = if module.starts_with("store::") { 2 } else { 1 };
    module.split("::").take(depth).collect::<Vec<_>>().join("::")
}

fn layer(unit: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == unit).map(|(_, layer)| *layer)
}

fn unassigned(source: &Source) -> Option<String> {
    let unit = unit(&source.module);
    layer(&unit).is_none().then(|| {
        format!(
            "{}: `{unit}` has no layer; add it to LAYERS in tests/integration/layers/rules.rs, \
             at the lowest number above all that it imports",
            source.path
        )
    })
}

fn forbidden(source: &Source, import: &Import) -> Option<String> {
    let (from, to) = (unit(&source.module), unit(&import.module));
    let edge = format!("{}:{}: `{from}` imports `{to}`", source.path, import.line);
    if let Some((_, _, why)) = NEVER.iter().find(|(a, b, _)| *a == from && *b == to) {
        return Some(format!("{edge}: {why}"));
    }
    if let Some((_, only)) = ONLY.iter().find(|(name, _)| *name == from)
        && !only.contains(&to.as_str())
    {
        return Some(format!("{edge}: it may import nothing but {only:?}"));
    }
    let (low, high) = (layer(&from)?, layer(&to)?);
    (high > low).then(|| {
        let hint =
            if to == "lib" { "; name the item's own module instead of the crate root" } else { "" };
        format!("{edge}: layer {low} must not know layer {high}{hint}")
    })
}

/// The first cycle found, its first unit repeated at the end.
fn cycle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'a>(
        at: &'a str,
        edges: &'a BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|&unit| unit == at) {
            let ring = path[start..].iter().copied().chain([at]);
            return Some(ring.map(str::to_owned).collect());
        }
        if !done.insert(at) {
            return None;
        }
        path.push(at);
        let found =
            edges.get(at).into_iter().flatten().find_map(|next| walk(next, edges, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|unit| walk(unit, edges, &mut Vec::new(), &mut done))
}
