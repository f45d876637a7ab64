//! The policies as a table, and as a picture.

use std::fmt::{self, Write as _};

use super::policies::{Policies, shown};
use crate::policy::{Policy, Ttl, Writer};

impl fmt::Display for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(self, f)
    }
}

/// Prints the readers, then the writers.
fn table(policies: &Policies, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut readers = vec![["reads", "key", "ttl", "tags", "invalidated by"].map(str::to_owned)];
    readers.extend(policies.readers().map(|policy| reader(policies, policy)));
    columns(&readers, f)?;
    if policies.writers().is_empty() {
        return Ok(());
    }
    writeln!(f)?;
    let mut writers = vec![["writes", "entries", "tags"].map(str::to_owned)];
    writers.extend(policies.writers().iter().map(|writer| self::writer(writer)));
    columns(&writers, f)
}

fn reader(policies: &Policies, policy: &Policy) -> [String; 5] {
    let ttl = match policy.ttl {
        Ttl::Fixed(ttl) => humantime::format_duration(ttl).to_string(),
        Ttl::Computed => "computed".to_owned(),
    };
    let writers = policies.writers_of(policy);
    let writers: Vec<_> = writers.iter().map(|writer| shown(writer.module, writer.name)).collect();
    [
        shown(policy.module, policy.name),
        policy.key.to_owned(),
        ttl,
        or_dash(&policy.tags.join(", ")),
        or_dash(&writers.join(", ")),
    ]
}

fn writer(writer: &Writer) -> [String; 3] {
    let entries: Vec<_> = writer.through.iter().chain(writer.entries).copied().collect();
    [
        shown(writer.module, writer.name),
        or_dash(&entries.join(", ")),
        or_dash(&writer.tags.join(", ")),
    ]
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

fn columns<const N: usize>(rows: &[[String; N]], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            write!(line, "{cell:width$}  ")?;
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

impl Policies {
    /// Draws who invalidates what in the language of Graphviz.
    ///
    /// ```
    /// use cache_runtime::{cached, policies};
    ///
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// let chart = policies().to_dot();
    /// assert!(chart.starts_with("digraph policies {") && chart.contains("square:<n>"));
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut lines = vec!["digraph policies {".to_owned(), "  rankdir=LR;".to_owned()];
        for policy in self.readers() {
            let (name, key) = (shown(policy.module, policy.name), policy.key);
            lines.push(format!("  \"{name}\" [shape=box, label=\"{name}\\n{key}\"];"));
        }
        for writer in self.writers() {
            let name = shown(writer.module, writer.name);
            lines.push(format!("  \"{name}\" [shape=ellipse];"));
            lines.extend(self.invalidated_by(writer).into_iter().map(|policy| {
                format!("  \"{name}\" -> \"{}\";", shown(policy.module, policy.name))
            }));
        }
        lines.push("}\n".to_owned());
        lines.join("\n")
    }

    /// Draws who invalidates what in the language of Mermaid, which code hosts show in a Markdown file.
    ///
    /// ```
    /// use cache_runtime::{cached, policies};
    ///
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// let chart = policies().to_mermaid();
    /// assert!(chart.starts_with("graph LR") && chart.contains("square"));
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut lines = vec!["graph LR".to_owned()];
        let reader = |policy: &Policy| self.readers().position(|other| std::ptr::eq(other, policy));
        for (n, policy) in self.readers().enumerate() {
            // Mermaid reads angle brackets as markup.
            let key = policy.key.replace('<', "#lt;").replace('>', "#gt;");
            lines.push(format!("  r{n}[\"{}<br>{key}\"]", shown(policy.module, policy.name)));
        }
        for (n, writer) in self.writers().iter().enumerate() {
            lines.push(format!("  w{n}([\"{}\"])", shown(writer.module, writer.name)));
            let readers = self.invalidated_by(writer).into_iter().filter_map(reader);
            lines.extend(readers.map(|policy| format!("  w{n} --> r{policy}")));
        }
        lines.join("\n") + "\n"
    }
}
