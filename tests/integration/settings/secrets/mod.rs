//! No secret is in an error, in a log, or in what people print while they look for a mistake.

mod subject;

use cache_runtime::{cached, entry, testing};

use self::subject::{Naive, Ours, Subject};
use crate::support::log::logged;

const PASSWORD: &str = "hunter2";
const TOKEN: &str = "tr0ub4dor";
const VALUE: &str = "swordfish";

/// The secrets that a text gives away: as they are, as the list that `Debug` makes of bytes, or in hexadecimal digits.
fn leaks(text: &str) -> Vec<&'static str> {
    let given_away = |secret: &&str| {
        let list = format!("{:?}", secret.as_bytes());
        let hexadecimal: Vec<_> = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        text.contains(*secret)
            || text.contains(list.trim_matches(['[', ']']))
            || text.to_lowercase().contains(&hexadecimal.concat())
    };
    [PASSWORD, TOKEN, VALUE].into_iter().filter(given_away).collect()
}

const NOTHING: [&str; 0] = [];

const URLS: [&str; 9] = [
    "redis://user:hunter2@host",
    "redis-cluster://user:hunter2@a,b",
    "http://user:hunter2@host",
    "user:hunter2@host",
    "memory://hunter2",
    "redis+hunter2",
    // What stands before these slashes is no scheme.
    "user:hunter2@host://6379",
    "user:hunter2@host/?proxy=http://proxy",
    "://hunter2@host",
];

#[tokio::test]
async fn a_naive_builder_repeats_the_password_of_a_url() {
    for url in URLS {
        assert_eq!(leaks(&Naive::refuse_url(url).await), [PASSWORD], "{url}");
    }
}

#[tokio::test]
async fn the_builder_and_its_errors_repeat_no_password() {
    for url in URLS {
        let said = Ours::refuse_url(url).await;
        assert_eq!(leaks(&said), NOTHING, "{said}");
    }
}

#[tokio::test]
async fn a_naive_cache_prints_what_is_in_it() {
    let printed = Naive::new().print().await;
    assert_eq!(leaks(&printed), [TOKEN, VALUE], "{printed}");
}

#[tokio::test]
async fn what_is_printed_of_the_cache_and_its_parts_holds_no_key_and_no_value() {
    let printed = Ours::new().print().await;
    assert_eq!(leaks(&printed), NOTHING, "{printed}");
    assert!(printed.contains("session"), "{printed}");
}

#[tokio::test]
async fn naive_errors_repeat_the_key_and_the_value() {
    let [too_large, too_long] = Naive::new().refuse().await.try_into().expect("there are two");
    assert_eq!((leaks(&too_large), leaks(&too_long)), (vec![TOKEN, VALUE], vec![TOKEN]));
}

#[tokio::test]
async fn an_error_of_a_put_names_the_function_and_not_the_key_or_the_value() {
    for error in Ours::new().refuse().await {
        assert_eq!(leaks(&error), NOTHING, "{error}");
        assert!(error.contains("session"), "{error}");
    }
}

#[tokio::test]
async fn a_naive_cache_logs_the_key_and_the_value() {
    let mut naive = Naive::new();
    let log = logged(naive.use_it()).await;
    assert_eq!(leaks(&log), [TOKEN, VALUE], "{log}");
}

#[tokio::test]
async fn nothing_that_is_logged_holds_a_key_or_a_value() {
    let mut ours = Ours::new();
    let log = logged(ours.use_it()).await;
    assert_eq!(leaks(&log), NOTHING, "{log}");
}

#[cached(key = "computed_session:<token>", ttl = std::time::Duration::from_secs(1))]
async fn computed_session(token: &str) -> String {
    token.to_owned()
}

#[tokio::test]
async fn an_error_for_want_of_a_ttl_holds_no_key() {
    let cache = testing::isolate();
    computed_session(TOKEN).await;
    let computed = entry!(computed_session(TOKEN));
    let error = cache.put(computed, String::new()).await.expect_err("no ttl");
    assert_eq!(leaks(&format!("{error} {error:?}")), NOTHING, "{error}");
}
