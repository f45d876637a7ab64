//! The groups that a function declares, and what the compiler says of one that it does not.
//!
//! Only a constant can say it: no bound on a type knows what the arguments of the function are called.

/// The arguments in the key of a function, and the groups of entries that have some of them in common.
#[derive(Clone, Copy, Debug)]
pub struct Groups {
    function: &'static str,
    /// In the order of the function.
    arguments: &'static [&'static str],
    /// Of each group, which arguments a reference gives; `None` if that is not known.
    declared: Option<&'static [&'static [bool]]>,
}

impl Groups {
    /// The groups of a function.
    #[must_use]
    pub const fn new(
        function: &'static str,
        arguments: &'static [&'static str],
        declared: &'static [&'static [bool]],
    ) -> Self {
        Self { function, arguments, declared: Some(declared) }
    }

    /// The groups of a function with a mistake in its attribute, which may have any.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { function: "", arguments: &[], declared: None }
    }

    /// Refuses to compile a reference to a group that the function does not declare.
    ///
    /// # Panics
    ///
    /// If it does not, while the program is compiled.
    #[track_caller]
    pub const fn demand(self, given: &[bool]) {
        let Some(declared) = self.declared else { return };
        let fits = given.len() == self.arguments.len();
        assert!(fits, "{}", self.other_arguments().as_str());
        let mut at = 0;
        while at < declared.len() {
            if same(declared[at], given) {
                return;
            }
            at += 1;
        }
        panic!("{}", self.not_declared(given).as_str());
    }

    const fn not_declared(self, given: &[bool]) -> Text {
        let text = Text::new().and("`").and(self.function).and("` has no group of ");
        let text = match count(given) {
            0 => text.and("all its entries"),
            _ => self.listed(text, given, "`", " and "),
        };
        let text = text.and("\nhelp: add `group(");
        self.listed(text, given, "", ", ").and(")` to `").and(self.function).and("`")
    }

    const fn other_arguments(self) -> Text {
        let text = Text::new().and("a reference to `").and(self.function).and("` gives ");
        let every = &[true; MOST].split_at(self.arguments.len()).0;
        match self.arguments.len() {
            0 => text.and("no arguments, for its key has none"),
            _ => self.listed(text, every, "`", " and ").and(", or `_` in the place of one"),
        }
    }

    /// The names of those arguments, each between such marks.
    const fn listed(self, mut text: Text, given: &[bool], mark: &str, last: &str) -> Text {
        let (all, mut at, mut nth) = (count(given), 0, 0);
        while at < given.len() {
            if given[at] {
                nth += 1;
                let before = match nth {
                    1 => "",
                    nth if nth == all => last,
                    _ => ", ",
                };
                text = text.and(before).and(mark).and(self.arguments[at]).and(mark);
            }
            at += 1;
        }
        text
    }
}

/// A text that is put together by the compiler. What is too long for it is left out.
struct Text {
    bytes: [u8; MOST],
    length: usize,
}

const MOST: usize = 512;

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; MOST], length: 0 }
    }

    const fn and(mut self, more: &str) -> Self {
        let more = more.as_bytes();
        if self.length + more.len() > MOST {
            return self;
        }
        let mut at = 0;
        while at < more.len() {
            self.bytes[self.length + at] = more[at];
            at += 1;
        }
        self.length += more.len();
        self
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

const fn count(given: &[bool]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < given.len() {
        count += given[at] as usize;
        at += 1;
    }
    count
}

const fn same(one: &[bool], other: &[bool]) -> bool {
    let mut at = 0;
    while at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len()
}

#[cfg(test)]
mod tests {
    use super::Groups;

    const GROUPS: Groups = Groups::new("list", &["a", "b", "c"], &[&[true, false, false]]);

    #[test]
    fn a_group_that_is_declared_is_no_mistake() {
        GROUPS.demand(&[true, false, false]);
        Groups::unknown().demand(&[true]);
    }

    #[test]
    fn a_group_that_is_not_declared_is_named_with_its_arguments() {
        let text = |given: &[bool]| GROUPS.not_declared(given).as_str().to_owned();
        let several =
            "`list` has no group of `a`, `b` and `c`\nhelp: add `group(a, b, c)` to `list`";
        assert_eq!(text(&[true; 3]), several);
        let none = "`list` has no group of all its entries\nhelp: add `group()` to `list`";
        assert_eq!(text(&[false; 3]), none);
    }

    #[test]
    fn what_a_reference_gives_is_said_if_it_gives_something_else() {
        let text = GROUPS.other_arguments();
        let all = "a reference to `list` gives `a`, `b` and `c`, or `_` in the place of one";
        assert_eq!(text.as_str(), all);
        let text = Groups::new("list", &[], &[]).other_arguments();
        assert_eq!(text.as_str(), "a reference to `list` gives no arguments, for its key has none");
    }
}
