//! The tour: what its lines say is what the annotations promise.

use std::process::Command;

use crate::support::program;

/// The lines of a scene that are calls: what was called, and what became of it.
fn calls<'a>(said: &'a str, title: &str) -> Vec<(&'a str, &'a str)> {
    let (_, scene) = said.split_once(title).unwrap_or_else(|| panic!("no {title:?}: {said}"));
    let scene = scene.split("counted:").next().unwrap_or_default();
    let words = ["hit", "stale", "miss"];
    let call = |line: &'a str| {
        let (call, rest) = line.trim().split_once("  ")?;
        let outcome = rest.split_whitespace().next()?;
        words.contains(&outcome).then_some((call, outcome))
    };
    scene.lines().filter_map(call).collect()
}

#[test]
fn the_tour_ends_well_and_its_last_scenes_are_served_stale() {
    let program =
        program::built("examples/tour", &["--workspace", "--all-features", "--example", "tour"]);
    let mut command = Command::new(program);
    for name in ["CACHE_URL", "CACHE_NAMESPACE", "CACHE_DISABLED"] {
        command.env_remove(name);
    }
    let output = command.output().expect("the example starts");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("it speaks text");

    let batch = calls(&said, "A batch loads only what is not cached");
    let outcomes = [
        ("list(101..=197)", "miss"),
        ("list(101..=200)", "miss"),
        ("list(101..=200)", "hit"),
        ("get(200)", "hit"),
        ("list(101..=200)", "miss"),
    ];
    assert_eq!(batch, outcomes, "{said}");

    let page = calls(&said, "A stale value is served while one refreshes it");
    let outcomes = [("front_page()", "miss"), ("front_page()", "hit"), ("front_page()", "stale")];
    // The last one is a hit unless the refresh takes longer than the tour waits.
    assert_eq!((page.len(), &page[..3]), (4, &outcomes[..]), "{said}");
    let down = calls(&said, "The database is down");
    let outcomes =
        [("of(11)", "miss"), ("of(11)", "stale"), ("of(11)", "stale"), ("of(12)", "miss")];
    assert_eq!(down, outcomes, "{said}");
}
