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

/// Readers and writers of one value, however each spells it.
mod names {
    use std::sync::Arc;

    use cache_runtime::{cache_policy, cached};

    type Answer<T> = Result<Option<Arc<T>>, std::fmt::Error>;

    #[cached(key = "name:<id>", ttl = "1h")]
    pub(crate) async fn name(id: u64) -> Answer<String> {
        Ok(Some(Arc::new(id.to_string())))
    }

    #[cached(key = "name:<id>", ttl = "1h", strategy = "write_through", value = name)]
    pub(crate) async fn rename(id: u64, name: &String) -> u64 {
        id + name.len() as u64
    }

    #[cached(key = "lonely:<id>", ttl = "1h", strategy = "write_through")]
    pub(crate) async fn written_and_never_read(id: u64, name: String) -> String {
        format!("{id}{name}")
    }

    pub(crate) struct Shelf<T>(pub(crate) T);

    #[cache_policy(ttl = "1h", skip(self, T))]
    impl<T: Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static> Shelf<T> {
        #[cached(key = "shelved:<id>", strategy = "write_through")]
        pub(crate) async fn get(&self, id: u64) -> Option<T> {
            (id > 0).then(|| self.0.clone())
        }

        #[cached(key = "shelved:<id>", strategy = "write_through")]
        pub(crate) async fn put(&self, id: u64, value: Option<T>) -> Option<T> {
            value.filter(|_| id > 0)
        }
    }
}

#[test]
fn what_is_written_is_what_is_read_in_every_form() {
    let shelf = names::Shelf(7_u64);
    let name = "Ada".to_owned();
    let writers = (names::rename(1, &name), names::written_and_never_read(1, name.clone()));
    drop((names::name(1), shelf.get(1), shelf.put(1, Some(8))));
    drop(writers);
}

#[tokio::test]
async fn functions_of_one_name_are_told_apart_by_their_modules() {
    use cache_runtime::{Cache, PolicySettings, testing, traced};

    let named = |name: &str| Cache::builder().policy(name, PolicySettings::off).build();
    for name in ["posts::get", "policies::posts::get", "pages::get", "rename_user"] {
        let built = named(name).await;
        assert_eq!(built.is_ok(), name != "rename_user", "{name}");
    }
    let wrong = named("get").await.expect_err("there are several").to_string();
    for part in
        ["3 cached functions are called `get`", "`policies::pages::get`", "`policies::posts::get`"]
    {
        assert!(wrong.contains(part), "{wrong}");
    }
    let unknown = named("users::get").await.expect_err("there is none").to_string();
    assert!(unknown.contains("no cached function is called `users::get`"), "{unknown}");
    assert!(unknown.contains("`posts::get`"), "{unknown}");

    let cache = testing::isolate_with(|build| build.policy("posts::get", PolicySettings::off));
    assert!(traced(posts::get(1)).await.1.is_bypass());
    assert!(traced(pages::get(1)).await.1.is_miss());
    let shown = cache.snapshot().to_string();
    assert!(
        shown.contains("policies::posts::get ") && shown.contains("policies::pages::get "),
        "{shown}"
    );
}

#[test]
fn policies_are_iterated_by_value_and_by_reference() {
    let policies = cache_runtime::policies();
    let mut names = Vec::new();
    for policy in &policies {
        names.push(policy.name);
    }
    assert_eq!(policies.len(), names.len());
    assert!(!policies.is_empty());
    assert_eq!(policies.iter().rev().map(|policy| policy.name).last(), names.first().copied());
    let by_value: Vec<_> = policies.into_iter().map(|policy| policy.name).collect();
    assert_eq!(by_value, names);
}

/// One template means another key in each module with another constant.
mod posts {
    const KIND: &str = "post";

    #[cache_runtime::cached(key = "item:<KIND>:<id>", ttl = "1h")]
    pub(crate) async fn get(id: u64) -> String {
        format!("post {id}")
    }
}

mod pages {
    #[derive(cache_runtime::KeyPart)]
    enum Shelf {
        Pages,
        Named(String),
    }
    const KIND: &str = "page";
    const SHELF: Shelf = Shelf::Pages;
    const OTHER: Shelf = Shelf::Named(String::new());
    const DEPTH: u8 = 2;

    #[cache_runtime::cached(key = "item:<KIND>:<id>", ttl = "1h")]
    pub(crate) async fn get(id: u64) -> String {
        format!("page {id}")
    }

    #[cache_runtime::cached(key = "shelf:<SHELF>:<id>", ttl = "1h")]
    pub(crate) async fn on_shelf(id: u64) -> u64 {
        id
    }

    #[cache_runtime::cached(key = "shelf:<OTHER>:<id>", ttl = "1h")]
    pub(crate) async fn on_other_shelf(id: u64) -> u64 {
        id
    }

    #[cache_runtime::cached(key = "shelf:<DEPTH>:<KIND>:<id>", ttl = "1h")]
    pub(crate) async fn deep(id: u64) -> u64 {
        id
    }

    pub(crate) struct Users;
    pub(crate) struct Teams;

    impl Users {
        const KIND: &'static str = "user";

        #[cache_runtime::cached(key = "kept:<Self::KIND>:<id>", ttl = "1h", skip(self))]
        pub(crate) async fn get(&self, id: u64) -> u64 {
            id
        }
    }

    #[cache_runtime::cache_policy(ttl = "1h", skip(self))]
    impl Teams {
        const KIND: &'static str = "team";

        #[cached(key = "kept:<Self::KIND>:<id>")]
        pub(crate) async fn get(&self, id: u64) -> u64 {
            id
        }

        #[cached(key = "kept:<DEPTH>:<id>")]
        pub(crate) async fn deep(&self, id: u64) -> u64 {
            id
        }

        #[cached(key = "kept:<KIND>:<id>")]
        pub(crate) async fn kind(&self, id: u64) -> u64 {
            id
        }
    }
}

#[test]
fn a_template_with_another_constant_in_each_module_is_no_shared_key() {
    let found = cache_runtime::policies().check();
    let errors: Vec<_> = found.iter().filter(|advice| advice.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let of_types =
        found.iter().filter(|advice| advice.to_string().contains("`Self::KIND` differs"));
    assert_eq!(of_types.count(), 1, "what no `static` can name is worth a look: {found:?}");
    let pages = (pages::get(1), pages::on_shelf(1), pages::on_other_shelf(1), pages::deep(1));
    let (users, teams) = (pages::Users, pages::Teams);
    let methods = (users.get(1), teams.get(1), teams.deep(1), teams.kind(1));
    drop((posts::get(1), pages, methods));
}

#[test]
fn the_report_names_who_reads_and_who_invalidates_it() {
    let policies = cache_runtime::policies();
    let reader = policies.iter().find(|policy| policy.name == "get_user").expect("it is linked");
    let writers = policies.writers_of(reader);
    let names: Vec<_> = writers.iter().map(|writer| writer.name).collect();
    assert_eq!(names, ["disband", "rename_user"]);
    assert!(policies.to_mermaid().contains("w0 --> r"), "{}", policies.to_mermaid());
    // None of them is ever called: what counts is that they are linked.
    drop((get_user("db", 1, 2), rename_user(1, 2), disband(1)));
}
