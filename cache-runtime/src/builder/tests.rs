use super::environment::{is_others, of_others};
use super::*;
use crate::cache::Cache;

fn wrong(builder: CacheBuilder) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(builder.build()).expect_err("something is wrong with it");
    assert!(error.is_config() || error.is_unsupported());
    error.to_string()
}

fn variables(variables: &[(&str, &str)]) -> CacheBuilder {
    let owned = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
    CacheBuilder::from_variables(owned)
}

#[test]
fn each_wrong_setting_is_named_with_what_is_expected() {
    let url = |url: &str| wrong(Cache::builder().url(url));
    assert!(url("localhost:6379").contains("no scheme"));
    assert_eq!(url("redis:/localhost"), "a `/` is missing in the cache URL: expected `redis://`");
    assert!(url("memory:").contains("the slashes are missing in the cache URL"));
    assert!(url("valkeys:localhost:1").contains("expected `valkeys://`"));
    assert!(url("memory://x").contains("takes nothing"));
    assert!(url("http://x").contains("unknown scheme `http://`"));
    if cfg!(not(feature = "redis")) {
        assert!(url("redis://localhost").contains("add the feature `redis`"));
    }
    assert!(wrong(Cache::builder().namespace("a b")).contains("the namespace has a ` ` in it"));
    assert!(wrong(Cache::builder().max_entries(0)).contains("limit of zero"));
    assert!(wrong(Cache::builder().max_bytes(0)).contains("limit of zero"));
    assert!(wrong(Cache::builder().policy("nope", PolicySettings::off)).contains("called `nope`"));
}

#[test]
fn each_wrong_variable_is_named_with_what_is_expected() {
    let cases = [
        ("CACHE_DISABLED", "maybe", "expected `1` or `true`"),
        ("CACHE_DISABLED", "on", "expected `1` or `true`"),
        ("CACHE_DISABLED", "", "`CACHE_DISABLED` is empty"),
        ("CACHE_URL", "", "`CACHE_URL` is empty"),
        ("CACHE_NAMESPACE", " ", "`CACHE_NAMESPACE` is empty"),
        ("CACHE_NAMESPACE", "a/b", "the namespace has a `/` in it"),
        ("CACHE_POLICY_X_TTL", "", "`CACHE_POLICY_X_TTL` is empty"),
        ("CACHE_POLICY_X_TTL", "5", "expected a duration"),
        ("CACHE_POLICY_X_TTL", "-5s", "expected a duration"),
        ("CACHE_POLICY_X_TTL", "5min", "`min` in `5min` is not a unit of time"),
        ("CACHE_POLICY_X_TTL", "5s", "no cached function"),
        ("CACHE_POLICY_X", "5s", "expected `CACHE_POLICY_<NAME>_TTL`"),
        ("CACHE_POLICY_X_TLL", "5s", "expected `CACHE_POLICY_<NAME>_TTL`"),
        ("CACHE_POLICY__TTL", "5s", "expected `CACHE_POLICY_<NAME>_TTL`"),
        ("CACHE_URI", "x", "expected `CACHE_URL`"),
        ("CACHE_ULR", "x", "expected `CACHE_URL`"),
        ("cache_url", "x", "expected `CACHE_URL`"),
        ("CACHE_URLS", "x", "expected `CACHE_URL`"),
        ("CACHE_NAME_SPACE", "x", "expected `CACHE_NAMESPACE`"),
        ("CACHE_NAMESPACES", "x", "expected `CACHE_NAMESPACE`"),
        ("CACHE_DISABLE", "1", "expected `CACHE_DISABLED`"),
    ];
    for (name, value, expected) in cases {
        let error = wrong(variables(&[(name, value)]));
        assert!(error.contains(name) || name == "CACHE_NAMESPACE", "{error}");
        assert!(error.contains(expected), "{name}={value}: {error}");
    }
}

#[test]
fn a_password_in_a_url_is_never_repeated() {
    for url in ["redis://u:hunter2@h/x", "http://u:hunter2@h", "hunter2@h", "memory://u:hunter2@h"]
    {
        for builder in [Cache::builder().url(url), Cache::builder().namespace(url)] {
            let error = wrong(builder);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

#[test]
fn variables_of_other_programs_are_named_once_and_left_alone() {
    let names = ["CACHE_POLICY", "CACHE_DIR", "CACHE_TTL", "CACHE_SIZE"];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for name in names.into_iter().chain(["CACHE", "XDG_CACHE_HOME"]) {
        let built = runtime.block_on(variables(&[(name, "x"), ("CACHE_DISABLED", "0")]).build());
        assert!(built.is_ok(), "{name}: {built:?}");
    }
    let others: Vec<_> = names.into_iter().map(str::to_owned).collect();
    assert!(others.iter().all(|name| is_others(name)));
    assert!(!["CACHE", "CACHE_URL", "CACHE_URI", "CACHE_POLICY_X"].into_iter().any(is_others));
    let said = of_others(&others).unwrap();
    assert!(names.iter().all(|name| said.contains(&format!("`{name}`"))), "{said}");
    assert_eq!(of_others(&[]), None);
    let said = of_others(&others[2..3]).unwrap();
    assert!(said.starts_with("`CACHE_TTL` is no variable of the cache"), "{said}");
    assert!(said.contains("`CACHE_POLICY_<NAME>_TTL`"), "{said}");
}
