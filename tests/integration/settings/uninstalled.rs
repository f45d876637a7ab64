//! Slots that no cache was installed in.

use std::process::Command;

use crate::support::program;

/// What a program says that calls cached functions, of their loads and of what was logged, but not the advice for
/// developers.
fn said() -> Vec<String> {
    // In this program such a call panics: the feature `testing` is on.
    let program = program::built("uninstalled", &["-p", "uninstalled"]);
    let output = Command::new(program).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter(|line| !line.starts_with("DEBUG")).map(str::to_owned).collect()
}

#[test]
fn the_first_call_without_a_cache_puts_one_in_memory_for_good_and_says_so_once() {
    let in_use = "the slot `default` is in use already: install the cache before the first call \
                  of a cached function";
    assert_eq!(
        said(),
        [
            "WARN message=no cache is installed: using an in-memory cache of this process slot=\"default\"",
            "loads 3 squared",
            "loads 3 cubed",
            in_use,
            in_use,
            "loads the price of 3",
            "the slot `catalog` has a cache already: install one cache, once",
        ]
    );
}
