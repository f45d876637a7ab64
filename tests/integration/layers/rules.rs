//! Which unit stands in which layer, and what is wrong with an import.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Import, Source};

/// What the imports of one crate have to keep to.
pub(super) struct Rules {
    /// Every unit and its layer. A unit is a module with all that is below it, save for those that
    /// have `parts`.
    pub(super) layers: &'static [(&'static str, u8)],
    /// Units whose direct children are units of their own.
    pub(super) parts: &'static [&'static str],
    /// Edges that the numbers alone would allow, each with the reason against it.
    pub(super) never: &'static [(&'static str, &'static str, &'static str)],
    /// Units that may import nothing but the units listed.
    pub(super) only: &'static [(&'static str, &'static [&'static str])],
    /// Whether files are held to it that no import leads back to where it came from, also inside of
    /// a unit, and between a module and its children.
    pub(super) files: bool,
}

/// `cache-runtime`: only a concrete store is a unit of its own below `store`.
pub(super) const RUNTIME: Rules = Rules {
    layers: RUNTIME_LAYERS,
    parts: &["store"],
    never: &[
        ("store", "policy", "a store knows bytes, expiry, leases and tags, no policies"),
        ("store", "codec", "a store knows bytes, not how they were made"),
        ("codec", "store", "an encoding must not depend on where it is kept"),
        ("load", "store::memory", "a load works on the store trait, never on one store"),
        ("load", "store::redis", "a load works on the store trait, never on one store"),
        ("store::memory", "store::redis", "stores do not know each other"),
        ("store::redis", "store::memory", "stores do not know each other"),
    ],
    only: &[("counters", &["key"])],
    files: true,
};

/// `cache-macros`: the way of an attribute, from the tokens to the code.
pub(super) const MACROS: Rules = Rules {
    layers: &[
        ("diag", 0),
        ("parse", 1),
        ("model", 2),
        ("check", 3),
        ("expand", 3),
        ("compile", 4),
        ("lib", 5),
    ],
    parts: &[],
    never: &[
        ("check", "expand", "what is checked does not depend on the code that comes of it"),
        ("expand", "check", "the model says all that code is made of"),
    ],
    only: &[],
    files: true,
};

const RUNTIME_LAYERS: &[(&str, u8)] = &[
    ("background", 0),
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
    ("shards", 0),
    ("sync", 0),
    ("timer", 0),
    ("times", 0),
    ("token", 0),
    ("trouble", 0),
    ("ttl", 0),
    ("uncommitted", 0),
    ("codec", 1),
    ("policy", 1),
    ("store", 1),
    ("store::answer", 1),
    ("store::contract", 1),
    ("store::envelope", 1),
    ("store::layout", 1),
    ("store::namespace", 1),
    ("store::watch", 1),
    ("store::watchers", 1),
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

impl Rules {
    /// What is wrong with the imports of these sources, one line each.
    pub(super) fn violations(&self, sources: &[Source]) -> Vec<String> {
        let mut found: BTreeSet<String> =
            sources.iter().filter_map(|source| self.unassigned(source)).collect();
        let (mut units, mut files) = (Edges::new(), Edges::new());
        for source in sources {
            for import in source.imports(sources) {
                files.entry(source.module.clone()).or_default().insert(import.module.clone());
                let (from, to) = (self.unit(&source.module), self.unit(&import.module));
                if from == to {
                    continue;
                }
                found.extend(self.forbidden(source, &import));
                units.entry(from).or_default().insert(to);
            }
        }
        let circle = |path: Vec<String>| format!("a cycle of imports: {}", path.join(" -> "));
        found.extend(cycle(&units).map(circle));
        found.extend(cycle(&files).filter(|_| self.files).map(circle));
        found.into_iter().collect()
    }

    /// `store::memory::evict` is part of the unit `store::memory`, `codec::json` of `codec`.
    fn unit(&self, module: &str) -> String {
        let mut names = module.split("::");
        let first = names.next().unwrap_or_default();
        match names.next().filter(|_| self.parts.contains(&first)) {
            Some(part) => format!("{first}::{part}"),
            None => first.to_owned(),
        }
    }

    fn layer(&self, unit: &str) -> Option<u8> {
        self.layers.iter().find(|(name, _)| *name == unit).map(|(_, layer)| *layer)
    }

    fn unassigned(&self, source: &Source) -> Option<String> {
        let unit = self.unit(&source.module);
        self.layer(&unit).is_none().then(|| {
            format!(
                "{}: `{unit}` has no layer; add it to its crate's in \
                 tests/integration/layers/rules.rs, at the lowest number above all that it imports",
                source.path
            )
        })
    }

    fn forbidden(&self, source: &Source, import: &Import) -> Option<String> {
        let (from, to) = (self.unit(&source.module), self.unit(&import.module));
        let edge = format!("{}:{}: `{from}` imports `{to}`", source.path, import.line);
        if let Some((_, _, why)) = self.never.iter().find(|(a, b, _)| *a == from && *b == to) {
            return Some(format!("{edge}: {why}"));
        }
        if let Some((_, only)) = self.only.iter().find(|(name, _)| *name == from)
            && !only.contains(&to.as_str())
        {
            return Some(format!("{edge}: it may import nothing but {only:?}"));
        }
        let (low, high) = (self.layer(&from)?, self.layer(&to)?);
        (high > low).then(|| {
            let hint = if to == "lib" {
                "; name the item's own module instead of the crate root"
            } else {
                ""
            };
            format!("{edge}: layer {low} must not know layer {high}{hint}")
        })
    }
}

/// What each module, or unit, imports.
type Edges = BTreeMap<String, BTreeSet<String>>;

/// The first cycle found, its first member repeated at the end.
fn cycle(edges: &Edges) -> Option<Vec<String>> {
    fn walk<'a>(
        at: &'a str,
        edges: &'a Edges,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|&member| member == at) {
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
    edges.keys().find_map(|member| walk(member, edges, &mut Vec::new(), &mut done))
}
