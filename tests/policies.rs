//! A crate with `policies!` at its root, and the test that it generates.

use cache_runtime::{cached, invalidates, policies};

policies! { tags = ["user", "team:<team>"] }

#[cached(key = "user:<team>:<id>", ttl = "1h", tags = ["user", "team:<team>"], skip(db))]
async fn get_user(db: &str, team: u64, id: u64) -> Option<String> {
    Some(format!("{db}/{team}/{id}"))
}

#[invalidates(get_user(team, id))]
async fn rename_user(team: u64, id: u64) {
    let _ = (team, id);
}

#[invalidates(tags = ["team:<team>", "user"])]
async fn disband(team: u64) {
    let _ = team;
}

#[test]
fn the_report_names_who_reads_and_who_invalidates_it() {
    let policies = cache_runtime::policies();
    let writers = policies.writers_of(policies.iter().next().expect("there is one"));
    let names: Vec<_> = writers.iter().map(|writer| writer.name).collect();
    assert_eq!(names, ["disband", "rename_user"]);
    assert!(policies.to_mermaid().contains("w0 --> r0"), "{}", policies.to_mermaid());
    // None of them is ever called: what counts is that they are linked.
    drop((get_user("db", 1, 2), rename_user(1, 2), disband(1)));
}
