use super::*;

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
    assert!(url("memory://x").contains("takes nothing"));
    assert!(url("http://x").contains("unknown scheme `http://`"));
    if cfg!(not(feature = "redis")) {
        assert!(url("redis://localhost").contains("add the feature `redis`"));
    }
    assert!(wrong(Cache::builder().namespace("a b")).contains("`a b` is not a namespace"));
    assert!(wrong(Cache::builder().max_entries(0)).contains("limit of zero"));
    assert!(wrong(Cache::builder().max_bytes(0)).contains("limit of zero"));
    assert!(wrong(Cache::builder().policy("nope", PolicySettings::off)).contains("called `nope`"));
}

#[test]
fn each_wrong_variable_is_named_with_what_is_expected() {
    assert!(wrong(variables(&[("CACHE_DISABLED", "maybe")])).contains("expected `1` or `0`"));
    assert!(wrong(variables(&[("CACHE_POLICY_X_TTL", "5")])).contains("expected a duration"));
    assert!(wrong(variables(&[("CACHE_POLICY_X_TTL", "5s")])).contains("no cached function"));
    assert!(wrong(variables(&[("CACHE_NAMESPACE", "a/b")])).contains("is not a namespace"));
}

#[test]
fn a_password_in_a_url_is_never_repeated() {
    for url in ["redis://u:hunter2@h/x", "http://u:hunter2@h", "hunter2@h", "memory://u:hunter2@h"]
    {
        let error = wrong(Cache::builder().url(url));
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn empty_and_foreign_variables_count_as_not_set() {
    let builder = variables(&[("CACHE_URL", ""), ("CACHE_DISABLED", ""), ("CACHE_POLICY", "x")]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(builder.build()).is_ok());
}
