//! What can be said of all policies together, which no attribute can see by itself.

use std::fmt;

use super::policies::{Policies, key_shape, shown};
use crate::key::{matches_template, shape};
use crate::policy::{Policy, Writer};
use crate::uncommitted::Role;
use crate::value::proof;

/// Something that a look over all policies found. Displays as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    text: String,
    is_error: bool,
}

impl Advice {
    /// Tells whether it is certainly wrong, and not only worth a look.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    pub(super) fn error(text: String) -> Self {
        Self { text, is_error: true }
    }

    pub(super) fn hint(text: String) -> Self {
        Self { text, is_error: false }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_error { "error" } else { "advice" };
        write!(f, "{kind}: {}", self.text)
    }
}

impl Policies {
    /// Looks for what is wrong between functions, in all linked crates: two that share a key, a writer that leaves in
    /// an entry what its reader does not expect there, tags that nobody declares, functions that neither an attribute nor
    /// an `invalidate!` names (those without tags as one advice, because they may live by their ttl on purpose), functions
    /// that may be given a transaction which their caller commits. Also names the functions of
    /// which this process has refused a value until now, because it does not come back from its encoding as it is.
    ///
    /// Only what is certainly wrong is an [error](Advice::is_error).
    ///
    /// ```
    /// use cache_runtime::{cached, invalidates, policies};
    ///
    /// #[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
    /// async fn get_user(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// #[invalidates(tags = ["usr"])]
    /// async fn rename_everybody() {}
    ///
    /// let mut wrong = policies().check();
    /// wrong.retain(|advice| advice.is_error());
    /// assert!(wrong.iter().any(|advice| advice.to_string().contains("`usr`")));
    /// ```
    #[must_use]
    pub fn check(&self) -> Vec<Advice> {
        let mut found = self.errors();
        found.extend(self.hints());
        found
    }

    /// What is certainly wrong.
    pub(super) fn errors(&self) -> Vec<Advice> {
        let mut found = self.shared_keys();
        found.extend(self.sides_that_differ());
        found.extend(self.undeclared_tags());
        found
    }

    /// What is worth a look.
    pub(super) fn hints(&self) -> Vec<Advice> {
        let mut found = self.possibly_shared_keys();
        found.extend(self.overlapping_keys());
        found.extend(self.never_invalidated());
        found.extend(self.committed_by_the_caller());
        found.extend(self.not_carried());
        found
    }

    /// What is over before the commit if the caller has the transaction. Types do not tell whether it has.
    fn committed_by_the_caller(&self) -> Vec<Advice> {
        let readers = self.readers().map(|policy| (place(policy), Role::Reads, policy.connections));
        let writers = self.writers().iter().map(|writer| {
            let Writer { module, name, file, line, stores, connections, .. } = **writer;
            let role = if stores { Role::WritesThrough } else { Role::Invalidates };
            (placed(module, name, file, line), role, connections)
        });
        let given = readers.chain(writers).filter(|(.., connections)| !connections.is_empty());
        given
            .map(|(place, role, connections)| {
                let arguments: Vec<_> =
                    connections.iter().map(|argument| format!("`{argument}`")).collect();
                let (arguments, harm, ways_out) =
                    (arguments.join(" and "), role.harm(), role.ways_out());
                Advice::hint(format!(
                    "{place} takes {arguments}: if it is given an open transaction outside of \
                     `cache_runtime::transaction`, {harm}; {ways_out}"
                ))
            })
            .collect()
    }

    /// What values do not tell before there are some: whether they come back from their encoding as they are.
    fn not_carried(&self) -> Vec<Advice> {
        let flawed = self.iter().filter_map(|policy| Some((policy, proof::flaw_of(policy)?)));
        flawed
            .map(|(policy, flaw)| {
                let (place, value) = (place(policy), policy.value);
                let (cause, advice) = (flaw.cause(), flaw.advice());
                Advice::hint(format!(
                    "a value of type `{value}` of {place} was not cached: {cause}; {advice}"
                ))
            })
            .collect()
    }

    /// `user:me` is what `user:<name>` renders for the name `me`.
    fn overlapping_keys(&self) -> Vec<Advice> {
        let shaped: Vec<_> = self
            .callsites
            .iter()
            .map(|callsite| (callsite, key_shape(callsite.policy())))
            .collect();
        let fixed = shaped.iter().filter(|(_, shape)| !shape.contains('<'));
        let overlaps = fixed.flat_map(|(fixed, key)| {
            let reached = shaped.iter().filter(|(callsite, template)| {
                template.contains('<')
                    && std::ptr::eq(callsite.slot(), fixed.slot())
                    && matches_template(template, key.as_bytes())
            });
            reached.map(|(callsite, _)| (fixed.policy(), callsite.policy()))
        });
        overlaps
            .map(|(fixed, policy)| {
                Advice::hint(format!(
                    "the key `{}` of {} is one that `{}` of {} can render",
                    fixed.key,
                    place(fixed),
                    policy.key,
                    place(policy)
                ))
            })
            .collect()
    }

    fn undeclared_tags(&self) -> Vec<Advice> {
        let declared: Vec<_> =
            self.iter().flat_map(|policy| policy.tags).map(|tag| shape(tag)).collect();
        let used = self
            .writers()
            .iter()
            .flat_map(|writer| writer.tags.iter().map(move |tag| (writer, tag)));
        used.filter(|(_, tag)| !declared.contains(&shape(tag)))
            .map(|(writer, tag)| {
                Advice::error(format!(
                    "{} invalidates the tag `{tag}`, which no cached function declares",
                    shown(writer.module, writer.name)
                ))
            })
            .collect()
    }

    /// Functions with tags that nobody names, one by one: somebody meant to invalidate them. Those without tags may live by
    /// their ttl on purpose, so all of them are one advice. Of one that says so, what invalidates it is pointed out.
    fn never_invalidated(&self) -> Vec<Advice> {
        let named = self.writers().iter().chain(&self.in_code);
        let invalidated: Vec<_> = named.flat_map(|writer| self.invalidated_by(writer)).collect();
        let reached =
            |policy: &Policy| invalidated.iter().any(|reached| std::ptr::eq(*reached, policy));
        let misled = self.readers().filter(|policy| policy.ttl_only && reached(policy));
        let misled = misled.map(|policy| {
            Advice::hint(format!(
                "{} says `ttl_only`, and something invalidates it: leave `ttl_only` out",
                place(policy)
            ))
        });
        let never = self.readers().filter(|policy| !policy.ttl_only && !reached(policy));
        let (tagged, plain): (Vec<&Policy>, Vec<&Policy>) =
            never.partition(|policy| !policy.tags.is_empty());
        let tagged = tagged.into_iter().map(|policy| {
            let tags: Vec<_> = policy.tags.iter().map(|tag| format!("`{tag}`")).collect();
            Advice::hint(format!(
                "nothing invalidates {}, neither by its name nor by {}: its entries are old for as long as their ttl",
                place(policy),
                tags.join(", ")
            ))
        });
        let plain: Vec<_> = plain.into_iter().map(place).collect();
        let plain = (!plain.is_empty()).then(|| {
            Advice::hint(format!(
                "nothing invalidates {}: if that is not meant, entries are old for as long as their ttl; \
                 if it is, `ttl_only` says so",
                plain.join(", ")
            ))
        });
        misled.chain(tagged).chain(plain).collect()
    }
}

pub(super) fn place(policy: &Policy) -> String {
    let Policy { module, name, file, line, .. } = policy;
    placed(module, name, file, *line)
}

fn placed(module: &str, name: &str, file: &str, line: u32) -> String {
    format!("`{}` ({file}:{line})", shown(module, name))
}
