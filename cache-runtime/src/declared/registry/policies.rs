//! The policies of the program and their writers, and who invalidates what.

use super::linked::{InCode, Writes, callsites};
use crate::declared::callsite::Callsite;
use crate::key::{KeyWriter, shape};
use crate::policy::{Policy, Writer};

/// All annotated functions that are linked into the program: who reads, who writes, and what invalidates what.
///
/// Displays as a table. A function counts as linked whether it is ever called or not; a generic one counts once.
#[derive(Clone, Debug)]
pub struct Policies {
    pub(super) callsites: Vec<&'static Callsite>,
    pub(super) writers: Vec<&'static Writer>,
    /// Each `invalidate!`, of which nobody asks more than what it names.
    pub(super) in_code: Vec<&'static Writer>,
}

/// Lists every annotated function that is linked into the program, by module and name.
///
/// ```
/// use cache_runtime::{cached, policies};
///
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// assert!(policies().iter().any(|policy| policy.key == "square:<n>"));
/// println!("{}", policies());
/// ```
#[must_use]
#[doc(alias = "registry")]
pub fn policies() -> Policies {
    let mut callsites: Vec<_> = callsites().collect();
    callsites.sort_by_key(|callsite| order(callsite.policy()));
    let mut writers: Vec<_> =
        inventory::iter::<Writes>.into_iter().map(|writes| writes.0).collect();
    writers.sort_by_key(|writer| (writer.module, writer.name, writer.line));
    let in_code = inventory::iter::<InCode>.into_iter().map(|named| named.0).collect();
    Policies { callsites, writers, in_code }
}

/// The policies of [`Policies`], by module and name.
#[derive(Clone, Debug)]
pub struct PolicyIter(std::vec::IntoIter<&'static Callsite>);

impl Iterator for PolicyIter {
    type Item = &'static Policy;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Callsite::policy)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for PolicyIter {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(Callsite::policy)
    }
}

impl ExactSizeIterator for PolicyIter {}

impl IntoIterator for Policies {
    type Item = &'static Policy;
    type IntoIter = PolicyIter;

    fn into_iter(self) -> PolicyIter {
        PolicyIter(self.callsites.into_iter())
    }
}

impl IntoIterator for &Policies {
    type Item = &'static Policy;
    type IntoIter = PolicyIter;

    fn into_iter(self) -> PolicyIter {
        self.iter()
    }
}

impl Policies {
    /// The cached functions, among them those that write through.
    ///
    /// ```
    /// # use cache_runtime::{cached, policies};
    /// # #[cached(key = "square:<n>", ttl = "1m")]
    /// # async fn square(n: u64) -> u64 {
    /// #     n * n
    /// # }
    /// for policy in policies() {
    ///     println!("{}::{}: {} for {:?}", policy.module, policy.name, policy.key, policy.ttl);
    /// }
    /// assert_eq!(policies().iter().len(), policies().len());
    /// ```
    #[must_use]
    pub fn iter(&self) -> PolicyIter {
        PolicyIter(self.callsites.clone().into_iter())
    }

    /// How many cached functions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.callsites.len()
    }

    /// Tells whether there is no cached function.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.callsites.is_empty()
    }

    /// The cached functions that read.
    pub(super) fn readers(&self) -> impl Iterator<Item = &'static Policy> + '_ {
        self.iter().filter(|policy| !policy.writes)
    }

    /// The functions that invalidate or write through.
    #[must_use]
    pub fn writers(&self) -> &[&'static Writer] {
        &self.writers
    }

    /// The cached functions that a writer names, those that carry a tag that it invalidates, and those that read the
    /// entry that it writes through.
    ///
    /// A reference is matched by its name: `self.users.get(id)` means the functions called `get`, those in the
    /// writer's module if there are any there. So the answer is for people to read, and may name one too many.
    ///
    /// ```
    /// use cache_runtime::{cached, invalidates, policies};
    ///
    /// #[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
    /// async fn get_user(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// #[invalidates(get_user(id))]
    /// async fn rename_user(id: u64) {}
    ///
    /// let policies = policies();
    /// let writer = policies.writers().iter().find(|writer| writer.name == "rename_user").unwrap();
    /// assert!(policies.invalidated_by(writer).iter().any(|policy| policy.name == "get_user"));
    /// ```
    #[must_use]
    pub fn invalidated_by(&self, writer: &Writer) -> Vec<&'static Policy> {
        let named = writer.entries.iter().flat_map(|entry| self.named(writer, entry));
        let through = writer.through.map(shape);
        let tagged = self.readers().filter(|reader| {
            let shapes: Vec<_> = reader.tags.iter().map(|tag| shape(tag)).collect();
            writer.tags.iter().any(|tag| shapes.contains(&shape(tag)))
                || through.as_ref() == Some(&shape(reader.key))
        });
        let mut all: Vec<_> = named.chain(tagged).collect();
        all.sort_by_key(|policy| order(policy));
        all.dedup_by(|a, b| std::ptr::eq(*a, *b));
        all
    }

    /// The writers that invalidate a cached function.
    #[must_use]
    pub fn writers_of(&self, reader: &Policy) -> Vec<&'static Writer> {
        let mut writers = self.writers.clone();
        writers.retain(|writer| {
            self.invalidated_by(writer).iter().any(|policy| std::ptr::eq(*policy, reader))
        });
        writers
    }

    fn named(&self, writer: &Writer, entry: &str) -> Vec<&'static Policy> {
        let path = entry.split('(').next().unwrap_or(entry);
        let name = path.rsplit(['.', ':']).next().unwrap_or(path).trim();
        let mut named: Vec<_> = self.readers().filter(|policy| policy.name == name).collect();
        if named.iter().any(|policy| policy.module == writer.module) {
            named.retain(|policy| policy.module == writer.module);
        }
        named
    }
}

fn order(policy: &'static Policy) -> (&'static str, &'static str, u32) {
    (policy.module, policy.name, policy.line)
}

/// The shape of a policy's key. Constants in it have their values, which are what tells it from another's.
pub(super) fn key_shape(policy: &Policy) -> String {
    let Some(render) = policy.with_constants else { return shape(policy.key) };
    let mut key = KeyWriter::new();
    render(&mut key);
    String::from_utf8_lossy(key.as_bytes()).into_owned()
}

/// A function as it is shown: the last module and the name.
pub(super) fn shown(module: &str, name: &str) -> String {
    match module.rsplit("::").next() {
        Some(last) => format!("{last}::{name}"),
        None => name.to_owned(),
    }
}
