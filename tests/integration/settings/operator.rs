//! What the operator sets without touching the code.

use std::process::Command;
use std::time::Duration;

use cache_runtime::{CacheBuilder, PolicySettings, Trouble, cached, entry, testing};

use super::{Loads, STORED, reason};
use crate::support::counters;
use crate::support::just_before;
use crate::support::log::logged;

#[cached(key = "tuned:<id>", ttl = "1h", none_ttl = "10m")]
async fn tuned(loads: &Loads, id: u64) -> Option<u64> {
    let load = loads.next();
    (id != 0).then_some(load)
}

#[cached(key = "tuned_by_call:<id>", ttl = Duration::from_secs(id))]
async fn tuned_by_call(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn a_policy_that_is_off_runs_as_if_it_had_no_attribute() {
    let cache = testing::isolate_with(|builder| builder.policy("tuned", PolicySettings::off));
    let loads = Loads::default();
    for call in 1..=3 {
        assert_eq!(tuned(&loads, 1).await, Some(call));
    }
    assert_eq!(reason(tuned(&loads, 1)).await, "the policy is switched off");
    cache.put(entry!(tuned(1)), Some(7)).await.expect("nothing is stored");
    assert_eq!(cache.peek(entry!(tuned(1))).await, None);
    assert!(cache.explain(&entry!(tuned(1))).to_string().contains("switched off"));
    assert_eq!(reason(tuned_by_call(9)).await, STORED);
    assert_eq!(counters(&cache, "tuned").bypasses, 4);
}

#[tokio::test]
async fn a_ttl_of_the_operator_counts_over_that_of_the_attribute() {
    let minute = Duration::from_mins(1);
    let cache = testing::isolate_with(|builder| {
        builder
            .policy("tuned", |policy| policy.ttl(minute))
            .policy("tuned_by_call", |policy| policy.ttl(minute))
    });
    let loads = Loads::default();
    tuned(&loads, 1).await;
    tuned_by_call(1).await;
    cache.put(entry!(tuned_by_call(2)), 2).await.expect("its ttl is known now");
    cache.clock().advance(just_before(minute));
    assert!(reason(tuned(&loads, 1)).await.starts_with("fresh"));
    assert!(reason(tuned_by_call(1)).await.starts_with("fresh"));
    assert!(reason(tuned_by_call(2)).await.starts_with("fresh"));
    cache.clock().advance(Duration::from_millis(1));
    assert_eq!(reason(tuned(&loads, 1)).await, STORED);
    assert_eq!(reason(tuned_by_call(1)).await, STORED);
    assert!(cache.explain(&entry!(tuned(1))).to_string().contains("set by the operator"));
}

#[cached(key = "sometimes:<id>", ttl = |seconds: &u64| Duration::from_secs(*seconds))]
async fn sometimes(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn a_ttl_that_is_always_zero_is_told_and_one_that_is_sometimes_zero_is_not() {
    let cache = testing::isolate();
    let log = logged(async {
        sometimes(0).await;
        sometimes(0).await;
    })
    .await;
    assert_eq!(log.matches("nothing was stored so far").count(), 1, "{log}");
    assert!(log.contains("sometimes") && log.contains("`store_if`"), "{log}");
    sometimes(1).await;
    sometimes(0).await;
    let troubles = &counters(&cache, "sometimes").troubles;
    assert_eq!(troubles.get(&Trouble::ZeroTtl), Some(&2));
}

#[tokio::test]
async fn a_ttl_of_zero_stores_nothing() {
    let cache = testing::isolate_with(|builder| {
        builder.policy("tuned", |policy| policy.ttl(Duration::ZERO))
    });
    let loads = Loads::default();
    tuned(&loads, 1).await;
    assert_eq!(tuned(&loads, 1).await, Some(2));
    assert_eq!(counters(&cache, "tuned").refused.zero_ttl, 2);
    let health = cache.health().to_string();
    assert!(health.contains("zero_ttl, 2 times") && health.contains("switch it off with `off()`"));
    tuned(&loads, 0).await;
    assert_eq!(
        cache.peek(entry!(tuned(0))).await,
        None,
        "zero: nothing is stored, no `None` either"
    );
}

/// Marks the process that [`under`] starts; what it is set to is set in code, after the environment.
const CHILD: &str = "CACHE_TEST_CHILD";

/// Runs this binary's [`child`] with a cache from this environment; the environment of a process that runs tests
/// must not change.
fn under(variables: &[(&str, &str)]) -> String {
    under_and_in_code(variables, "nothing")
}

/// The same, with what [`child`] sets in code under this name.
fn under_and_in_code(variables: &[(&str, &str)], in_code: &str) -> String {
    let this = std::env::current_exe().expect("this program has a path");
    let child = concat!(module_path!(), "::child");
    let child = child.split_once("::").expect("the crate's name comes first").1;
    let mut command = Command::new(this);
    command.args([child, "--exact", "--nocapture"]).env(CHILD, in_code);
    for name in ["CACHE_URL", "CACHE_NAMESPACE", "CACHE_DISABLED"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text.split_once("said: ").unwrap_or_else(|| panic!("it said nothing: {text}")).1;
    said.lines().next().unwrap_or_default().to_owned()
}

/// Does nothing but in a process that [`under`] has started.
#[tokio::test]
async fn child() {
    let Ok(in_code) = std::env::var(CHILD) else { return };
    let mut builder = CacheBuilder::default();
    let log = logged(async { builder = CacheBuilder::from_env() }).await;
    if in_code == "log" {
        return println!("said: {log}");
    }
    let builder = match in_code.as_str() {
        "off" => builder.policy("tuned", PolicySettings::off),
        "ttl" => builder.policy("operator::tuned", |policy| policy.ttl(Duration::from_secs(7))),
        _ => builder,
    };
    let cache = match builder.build().await {
        Ok(cache) => cache,
        Err(error) => return println!("said: {error}"),
    };
    cache.install().expect("the process is new");
    let error = cache.install().expect_err("a cache is there");
    assert!(error.is_already_installed(), "{error}");
    let loads = Loads::default();
    tuned(&loads, 1).await;
    let ttl = cache.explain(&entry!(tuned(1))).to_string();
    let ttl = ttl.lines().find_map(|line| line.strip_prefix("ttl:")).unwrap_or_default().trim();
    println!("said: {}, ttl {ttl}", reason(tuned(&loads, 1)).await);
}

#[test]
fn the_environment_makes_a_cache_that_is_installed_once() {
    assert_eq!(under(&[]), "fresh value in the local tier, ttl 3600s");
    let set = [("CACHE_URL", "memory://"), ("CACHE_NAMESPACE", "shop"), ("CACHE_DISABLED", "0")];
    assert_eq!(under(&set), "fresh value in the local tier, ttl 3600s");
}

#[test]
fn the_environment_switches_the_cache_off_and_sets_ttls() {
    assert!(under(&[("CACHE_DISABLED", "1")]).starts_with("the policy is switched off"));
    assert!(under(&[("CACHE_DISABLED", "TRUE")]).starts_with("the policy is switched off"));
    let ttl = under(&[("CACHE_POLICY_TUNED_TTL", "90s")]);
    assert_eq!(ttl, "fresh value in the local tier, ttl 90s, set by the operator");
}

#[test]
fn what_is_set_in_code_wins_over_the_environment_setting_by_setting() {
    for name in ["CACHE_POLICY_TUNED_TTL", "CACHE_POLICY_OPERATOR__TUNED_TTL"] {
        let ttl = under_and_in_code(&[(name, "90s")], "ttl");
        assert_eq!(ttl, "fresh value in the local tier, ttl 7s, set by the operator", "{name}");
        let off = under_and_in_code(&[(name, "90s")], "off");
        assert_eq!(off, "the policy is switched off, ttl 90s, set by the operator", "{name}");
    }
}

#[tokio::test]
async fn settings_under_several_names_of_one_policy_add_up_and_the_later_wins() {
    let seconds = |seconds| move |policy: PolicySettings| policy.ttl(Duration::from_secs(seconds));
    let switched_off = testing::isolate_with(|builder| {
        builder.policy("tuned", PolicySettings::off).policy("operator::tuned", seconds(5))
    });
    assert_eq!(reason(tuned(&Loads::default(), 1)).await, "the policy is switched off");
    drop(switched_off);
    let cache = testing::isolate_with(|builder| {
        builder.policy("operator::tuned", seconds(5)).policy("tuned", seconds(9))
    });
    tuned(&Loads::default(), 1).await;
    let explained = cache.explain(&entry!(tuned(1))).to_string();
    assert!(explained.contains("9s, set by the operator"), "{explained}");
}

#[test]
fn a_variable_that_cannot_be_read_fails_the_build_and_names_itself() {
    for (name, value) in [
        ("CACHE_DISABLED", "maybe"),
        ("CACHE_POLICY_TUNED_TTL", "soon"),
        ("CACHE_POLICY_TUNED_TTL", "5min"),
        ("CACHE_POLICY_NOBODY_TTL", "1s"),
        ("CACHE_POLICY_TUNED_TTL", "18446744073709551615s 1000000000ns"),
        ("CACHE_POLICY_TUNED_TTL", "0s"),
        ("CACHE_POLICY_TUNED_TTL", "0ms"),
        ("CACHE_POLICY_TUNED_TTL", ""),
        ("CACHE_POLICY_TUNED", "1s"),
        ("CACHE_URI", "memory://"),
    ] {
        let said = under(&[(name, value)]);
        assert!(said.contains(name), "{said}");
    }
    assert!(under(&[("CACHE_URL", "nonsense")]).contains("scheme"));
}

#[test]
fn a_variable_that_only_looks_like_one_of_the_cache_is_named_in_the_log() {
    let said = under_and_in_code(&[("CACHE_TTL", "5m")], "log");
    assert!(said.contains("`CACHE_TTL`") && said.contains("`CACHE_POLICY_<NAME>_TTL`"), "{said}");
    assert!(under(&[("CACHE_TTL", "5m")]).starts_with("fresh value"));
}
