use super::*;
use crate::slot::DEFAULT_SLOT;

const fn reader(name: &'static str, key: &'static str, tags: &'static [&'static str]) -> Site {
    Site::new(
        Policy::new(name, "shop::users", key).at("users.rs", 7).ttl_ms(60_000).tags(tags),
        &DEFAULT_SLOT,
    )
}

static GET: Site = reader("get", "user:<id>", &["user"]);
static ME: Site = reader("me", "user:me", &[]);
static SAME: Site = reader("same", "user:<name>", &[]);
static LIST: Site = reader("list", "users:<page>", &["users:<team>"]);
static SAVE: Writer =
    Writer::new("save", "shop::users").entries(&["self.get(id)"]).tags(&["users:<id>"]);
static TYPO: Writer = Writer::new("typo", "shop::users").tags(&["usr"]);

fn policies(readers: &[&'static Site], writers: &[&'static Writer]) -> Policies {
    Policies { readers: readers.to_vec(), writers: writers.to_vec() }
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

#[test]
fn functions_and_tags_that_nothing_invalidates_are_pointed_out() {
    let found: Vec<_> = policies(&[&LIST], &[]).check().iter().map(Advice::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("nothing invalidates the tag `users:<team>`"));
    assert!(found[1].contains("nothing invalidates `users::list`"));
    assert!(
        policies(&[&GET], &[&SAVE])
            .check()
            .iter()
            .all(|advice| !advice.to_string().contains("users::get")
                || advice.to_string().contains("tag"))
    );
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
