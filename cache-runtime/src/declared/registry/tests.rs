use super::advice::Advice;
use super::policies::Policies;
use crate::declared::callsite::Callsite;
use crate::declared::slot::DEFAULT_SLOT;
use crate::key::shape;
use crate::policy::{Policy, Tier, Writer};

const fn reader(name: &'static str, key: &'static str, tags: &'static [&'static str]) -> Callsite {
    let mut policy = Policy::new(name, "shop::users", key, "User", 60_000).tags(tags);
    policy.file = "users.rs";
    policy.line = 7;
    Callsite::new(policy, &DEFAULT_SLOT)
}

static GET: Callsite = reader("get", "user:<id>", &["user"]);
static ME: Callsite = reader("me", "user:me", &[]);
static SAME: Callsite = reader("same", "user:<name>", &[]);
static LIST: Callsite = reader("list", "users:<page>", &["users:<team>"]);
static SAVE: Writer =
    Writer::new("save", "shop::users").entries(&["self.get(id)"]).tags(&["users:<id>"]);
static TYPO: Writer = Writer::new("typo", "shop::users").tags(&["usr"]);

fn policies(readers: &[&'static Callsite], writers: &[&'static Writer]) -> Policies {
    Policies { callsites: readers.to_vec(), writers: writers.to_vec(), in_code: Vec::new() }
}

fn names(found: &[&'static Policy]) -> Vec<&'static str> {
    found.iter().map(|policy| policy.name).collect()
}

#[test]
fn a_writer_is_linked_to_what_it_names_and_to_what_carries_its_tags() {
    let policies = policies(&[&GET, &LIST, &ME], &[&SAVE]);
    assert_eq!(names(&policies.invalidated_by(&SAVE)), ["get", "list"]);
    assert_eq!(policies.writers_of(GET.policy())[0].name, "save");
    assert!(policies.writers_of(ME.policy()).is_empty());
}

#[test]
fn what_is_certainly_wrong_is_an_error_and_the_rest_is_advice() {
    let found = policies(&[&GET, &SAME], &[&TYPO]).check();
    let errors: Vec<_> = found.iter().filter(|advice| advice.is_error()).collect();
    assert_eq!(errors.len(), 2, "{found:?}");
    assert!(errors[0].to_string().contains("share the key `user:<id>`"));
    assert!(errors[1].to_string().contains("invalidates the tag `usr`"));
}

#[test]
fn a_key_that_another_template_can_render_is_pointed_out() {
    let found = policies(&[&GET, &ME], &[]).check();
    assert!(found.iter().any(|advice| advice.to_string().contains("the key `user:me`")));
    assert!(!found.iter().any(Advice::is_error));
}

fn advice(readers: &[&'static Callsite], writers: &[&'static Writer]) -> Vec<String> {
    policies(readers, writers).check().iter().map(Advice::to_string).collect()
}

#[test]
fn a_function_that_nothing_invalidates_is_pointed_out_with_its_tags() {
    let found = advice(&[&LIST], &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    let told =
        "nothing invalidates `users::list` (users.rs:7), neither by its name nor by `users:<team>`";
    assert!(found[0].contains(told), "{found:?}");
}

#[test]
fn a_tag_of_what_is_invalidated_in_another_way_is_not_pointed_out() {
    assert!(advice(&[&GET, &LIST], &[&SAVE]).is_empty());
}

#[test]
fn a_function_that_code_invalidates_is_not_pointed_out() {
    static NAMED: Writer = Writer::new("invalidate!", "shop::users").entries(&["me()"]);
    static TAGGED: Writer = Writer::new("invalidate!", "shop::jobs").tags(&["users:<id>"]);
    let in_code = vec![&NAMED, &TAGGED];
    let policies = Policies { in_code, ..policies(&[&ME, &LIST], &[]) };
    assert!(policies.check().is_empty(), "{:?}", policies.check());
}

#[test]
fn functions_that_live_by_their_ttl_are_one_advice() {
    static RATES: Callsite = reader("rates", "rates", &[]);
    let found = advice(&[&ME, &RATES], &[]);
    let told = "nothing invalidates `users::me` (users.rs:7), `users::rates` (users.rs:7): if that is not meant";
    assert!(found.len() == 1 && found[0].contains(told), "{found:?}");
}

#[test]
fn a_function_that_is_to_live_by_its_ttl_is_pointed_out_only_if_something_invalidates_it() {
    const RATES: Policy = Policy::new("rates", "shop::users", "rates", "u64", 60_000).ttl_only();
    static BY_TTL: Callsite = Callsite::new(RATES, &DEFAULT_SLOT);
    static TAGGED: Callsite = Callsite::new(RATES.tags(&["usr"]), &DEFAULT_SLOT);
    assert!(advice(&[&BY_TTL], &[]).is_empty());
    assert!(advice(&[&TAGGED], &[]).is_empty());
    let found = advice(&[&TAGGED], &[&TYPO]);
    assert!(found.len() == 1 && found[0].contains("says `ttl_only`, and something"), "{found:?}");
}

static READ: Callsite = Callsite::new(
    Policy::new("read", "shop::posts", "post:<id>", "Post", 0).tags(&["post"]).groups(&["post:*"]),
    &DEFAULT_SLOT,
);
static WRITE: Callsite = Callsite::new(
    Policy::new("write", "shop::posts", "post:<post.id>", "Post", 0)
        .tags(&["post"])
        .groups(&["post:*"])
        .writes(),
    &DEFAULT_SLOT,
);
static WRITES: Writer = Writer::new("write", "shop::posts").through("post:<post.id>");

#[test]
fn reader_and_writer_of_one_entry_are_meant_to_share_their_key() {
    let policies = policies(&[&READ, &WRITE], &[&WRITES]);
    assert!(!policies.check().iter().any(Advice::is_error), "{:?}", policies.check());
    assert_eq!(names(&policies.invalidated_by(&WRITES)), ["read"]);
    assert_eq!(policies.writers_of(READ.policy())[0].name, "write");
    assert_eq!(
        policies.to_string(),
        "reads        key        ttl       tags  invalidated by\n\
         posts::read  post:<id>  computed  post  posts::write\n\
         \n\
         writes        entries         tags\n\
         posts::write  post:<post.id>  -\n"
    );
}

#[test]
fn a_writer_that_leaves_what_its_reader_does_not_expect_is_an_error() {
    static OTHER: Callsite = Callsite::new(
        Policy::new("other", "shop::posts", "post:<id>", "Draft", 0)
            .stores(|| "core::result::Result<shop::Draft, core::fmt::Error>")
            .version(2)
            .tier(Tier::Local)
            .writes(),
        &DEFAULT_SLOT,
    );
    static TYPED: Callsite = Callsite::new(
        Policy::new("read", "shop::posts", "post:<id>", "Post", 0)
            .tags(&["post"])
            .stores(|| "core::option::Option<alloc::sync::Arc<shop::Post>>"),
        &DEFAULT_SLOT,
    );
    let found = policies(&[&TYPED, &OTHER], &[]).check();
    let errors: Vec<_> =
        found.iter().filter(|advice| advice.is_error()).map(Advice::to_string).collect();
    assert_eq!(errors.len(), 4, "{found:?}");
    assert!(errors[0].contains("writes a `shop::Draft` under the key `post:<id>`"));
    assert!(errors[1].contains("differ in `tags`: post and none"), "{}", errors[1]);
    assert!(errors[2].contains("differ in `version`: 1 and 2"), "{}", errors[2]);
    assert!(errors[3].contains("differ in `tier`: every tier and local"), "{}", errors[3]);
    // the text alone may be two spellings of one type
    let found = policies(&[&READ, &OTHER], &[]).check();
    let of_values = found.iter().find(|advice| advice.to_string().contains("a `Draft`"));
    assert!(of_values.is_some_and(|advice| !advice.is_error()), "{found:?}");
}

#[test]
fn the_table_and_the_pictures_name_everyone() {
    let policies = policies(&[&GET, &LIST], &[&SAVE]);
    let table = policies.to_string();
    assert_eq!(
        table,
        "reads        key           ttl  tags          invalidated by\n\
         users::get   user:<id>     1m   user          users::save\n\
         users::list  users:<page>  1m   users:<team>  users::save\n\
         \n\
         writes       entries       tags\n\
         users::save  self.get(id)  users:<id>\n"
    );
    assert!(policies.to_dot().contains("\"users::save\" -> \"users::get\";"));
    assert!(policies.to_mermaid().contains("w0 --> r1"));
}

#[test]
fn templates_differ_in_more_than_the_names_of_placeholders_or_not_at_all() {
    assert_eq!(shape("user:<id>"), shape("user:<name>"));
    assert_ne!(shape("user:<id>"), shape("users:<id>"));
    assert_eq!(shape("<a>:x:<b>"), "<>:x:<>");
}

/// A reader of `item:<KIND>:<id>` whose constant renders so.
macro_rules! item {
    ($module:literal, $render:expr) => {
        Callsite::new(
            Policy::new("get", $module, "item:<KIND>:<id>", "Item", 0).with_constants($render),
            &DEFAULT_SLOT,
        )
    };
}

#[test]
fn keys_are_shared_where_their_constants_render_alike() {
    static USER: Callsite = item!("shop::users", |key| key.literal("item:user:<>"));
    static POST: Callsite = item!("shop::posts", |key| key.literal("item:post:<>"));
    static AGAIN: Callsite = item!("shop::again", |key| key.literal("item:user:<>"));
    static WRITTEN: Callsite = reader("written", "item:user:<id>", &[]);
    let errors = |callsites: &[&'static Callsite]| policies(callsites, &[]).errors();
    assert_eq!(errors(&[&USER, &POST]), []);
    for same in [&AGAIN, &WRITTEN] {
        let found = errors(&[&USER, &POST, same]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().contains("`users::get`"), "{found:?}");
        assert!(!found[0].to_string().contains("`posts::get`"), "{found:?}");
    }
}

#[test]
fn a_constant_of_unknown_value_is_one_in_a_module_and_another_in_each_type() {
    static BARE: Callsite = item!("shop::users", |key| key.literal("item:<KIND>:<>"));
    static BESIDE: Callsite = item!("shop::users", |key| key.literal("item:<KIND>:<>"));
    static ELSEWHERE: Callsite = item!("shop::posts", |key| key.literal("item:<KIND>:<>"));
    static OF_TYPE: Callsite = item!("shop::users", |key| key.literal("item:<Self::KIND>:<>"));
    static OF_OTHER: Callsite = item!("shop::users", |key| key.literal("item:<Self::KIND>:<>"));
    let found = |callsites: &[&'static Callsite]| {
        let policies = policies(callsites, &[]);
        let possibly = policies.possibly_shared_keys();
        (policies.errors().len(), possibly.iter().map(Advice::to_string).collect::<String>())
    };
    assert_eq!(found(&[&BARE, &BESIDE]), (1, String::new()));
    for (callsites, constant) in
        [([&BARE, &ELSEWHERE], "`KIND`"), ([&OF_TYPE, &OF_OTHER], "`Self::KIND`")]
    {
        let (errors, possibly) = found(&callsites);
        assert_eq!(errors, 0);
        assert!(
            possibly.contains(&format!("unless {constant} differs between them")),
            "{possibly}"
        );
    }
}
