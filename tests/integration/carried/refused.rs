//! What cannot be carried is not stored, and everybody who asks is told why.

use cache_runtime::{entry, policies};

use super::*;
use crate::support::counters;
use crate::support::log::logged;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Wide {
    Number { number: i128 },
}

#[cached(key = "wide:<id>", ttl = "1h")]
async fn wide(id: u64) -> Wide {
    Wide::Number { number: id.into() }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Login {
    #[serde(skip)]
    password: String,
    name: String,
}

#[cached(key = "login:<id>", ttl = "1h")]
async fn login(id: u64) -> Result<Option<Login>, String> {
    let password = if id == 0 { String::new() } else { "hunter2".to_owned() };
    Ok(Some(Login { password, name: "ada".to_owned() }))
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Defaulted {
    #[serde(skip_deserializing)]
    id: u64,
}

#[cached(key = "defaulted:<id>", ttl = "1h")]
async fn defaulted(id: u64) -> Defaulted {
    Defaulted { id }
}

#[cached(key = "nested-in-json:<id>", ttl = "1h", codec = "json")]
async fn nested_in_json(id: u64) -> Vec<Option<Option<u64>>> {
    vec![Some((id > 0).then_some(id))]
}

#[cached(key = "ratio-in-json:<of>", ttl = "1h", codec = "json")]
async fn ratio_in_json(of: u64) -> f64 {
    if of == 0 { f64::NAN } else { 0.5 }
}

/// A value that cannot be looked at.
#[derive(Clone, Debug, PartialEq)]
struct Panics<const WHEN_READ: bool>(u64);

impl<const WHEN_READ: bool> Serialize for Panics<WHEN_READ> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(WHEN_READ, "nobody has asked for it: hunter2");
        self.0.serialize(serializer)
    }
}

impl<'de, const WHEN_READ: bool> Deserialize<'de> for Panics<WHEN_READ> {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("nobody has asked for it: hunter2")
    }
}

#[cached(key = "panics-when-written:<id>", ttl = "1h")]
async fn panics_when_written(id: u64) -> Option<Panics<false>> {
    Some(Panics(id))
}

#[cached(key = "panics-when-read:<id>", ttl = "1h")]
async fn panics_when_read(id: u64) -> Panics<true> {
    Panics(id)
}

/// Calls a function twice, which is never a hit, and looks into all that tells of it.
async fn is_refused<R, T>(
    (name, entry, cause): (&'static str, impl Fn() -> cache_runtime::Entry<T>, &'static str),
    call: impl AsyncFn() -> R,
) {
    let mut caches = vec![(testing::isolate(), None)];
    for kind in servers() {
        let server = Server::start(kind);
        caches.push((process(&server).await, Some(server)));
    }
    for (cache, _server) in caches {
        let log = logged(cache.scope(async {
            for _ in 0..3 {
                let (_, outcome) = traced(call()).await;
                let why = "loaded, not stored: the value does not survive its encoding";
                assert_eq!(outcome.reason(), why);
            }
        }));
        let log = log.await;
        let told: Vec<_> = log.lines().filter(|line| line.contains(cause)).collect();
        assert_eq!(told.len(), 1, "{log}");
        assert!(
            told[0].contains("tier = \"local\"") || told[0].contains("tier = \\\"local\\\""),
            "{log}"
        );
        assert!(log.contains(&format!("refused::{name}")), "{log}");
        assert!(!log.contains("hunter2"), "{log}");
        let counted = counters(&cache, name);
        assert_eq!((counted.loads, counted.fills, counted.refused.codec), (3, 0, 3));
        assert_eq!(counted.troubles.values().sum::<u64>(), 3, "{counted:?}");
        let explained = cache.scope(async { cache.explain(entry()) }).await.to_string();
        assert!(explained.contains(cause), "{explained}");
    }
    let advice: Vec<_> = policies().check().iter().map(ToString::to_string).collect();
    let of_it = |advice: &&String| advice.contains(name) && advice.contains(cause);
    assert_eq!(advice.iter().filter(of_it).count(), 1, "{advice:?}");
}

#[tokio::test]
async fn what_serde_does_not_read_back_is_refused() {
    let told = ("wide", || entry!(wide(7)), "`i128`");
    is_refused(told, async || wide(7).await).await;
}

#[tokio::test]
async fn a_value_of_which_serde_skips_a_field_is_refused() {
    let told = ("login", || entry!(login(7)), "comes back different");
    is_refused(told, async || login(7).await).await;
    is_carried(async || login(0).await).await;
}

#[tokio::test]
async fn a_value_of_which_serde_defaults_a_field_is_refused() {
    let told = ("defaulted", || entry!(defaulted(7)), "comes back different");
    is_refused(told, async || defaulted(7).await).await;
    is_carried(async || defaulted(0).await).await;
}

#[tokio::test]
async fn what_json_cannot_hold_is_refused_where_the_policy_says_json() {
    let told = ("nested_in_json", || entry!(nested_in_json(0)), "which JSON writes as");
    is_refused(told, async || nested_in_json(0).await).await;
    is_carried(async || nested_in_json(1).await).await;
    let told = ("ratio_in_json", || entry!(ratio_in_json(0)), "a float");
    is_refused(told, async || ratio_in_json(0).await).await;
    is_carried(async || ratio_in_json(1).await).await;
}

#[tokio::test]
async fn a_value_that_panics_when_it_is_looked_at_is_refused_and_its_caller_has_it() {
    let cause = "of one has panicked";
    let told = ("panics_when_written", || entry!(panics_when_written(7)), cause);
    is_refused(told, async || assert_eq!(panics_when_written(7).await, Some(Panics(7)))).await;
    let told = ("panics_when_read", || entry!(panics_when_read(7)), cause);
    is_refused(told, async || assert_eq!(panics_when_read(7).await, Panics(7))).await;
}

#[tokio::test]
async fn a_put_of_such_a_value_is_an_error_that_says_why() {
    let cache = testing::isolate();
    let error = cache.put(entry!(wide(7)), Wide::Number { number: 7 }).await.unwrap_err();
    assert!(error.is_value() && error.to_string().contains("`i128`"), "{error}");
}
