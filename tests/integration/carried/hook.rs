//! A program that ends with its first panic, wherever it is caught.

use std::process::Command;

use serde::{Deserializer, Serializer};

use super::*;

/// The variable that holds the address of the server for the program.
const URL: &str = "CACHE_TEST_HOOK_URL";

/// Text that only its own `Serialize` writes.
#[derive(Clone, Debug, PartialEq)]
struct Due {
    day: u8,
    month: u8,
}

impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:02}.{:02}.", self.day, self.month))
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // whatever is wrong is a panic, as in code that nobody else was to call
        let text = String::deserialize(deserializer).expect("written by us");
        let mut numbers = text.split('.').map(str::parse::<u8>);
        let mut next = || numbers.next().expect("written by us").expect("written by us");
        Ok(Self { day: next(), month: next() })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Invoice {
    due: Due,
    paid: Option<Due>,
    others: Vec<Due>,
}

#[cached(key = "invoice:<id>", ttl = "1h")]
async fn invoice(id: u8) -> Invoice {
    let due = Due { day: id, month: 12 };
    Invoice { paid: Some(due.clone()), others: vec![due.clone()], due }
}

#[cached(key = "invoice-in-json:<id>", ttl = "1h", codec = "json")]
async fn invoice_in_json(id: u8) -> Invoice {
    invoice(id).await
}

/// The whole life of the program, if there is an address; without one, the test of it.
#[test]
fn a_program_whose_hook_ends_it_outlives_the_cache() {
    let Ok(url) = std::env::var(URL) else { return outlives() };
    std::panic::set_hook(Box::new(|_| std::process::exit(70)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(async {
        let builder = Cache::builder().url(url).response_timeout(Duration::from_secs(5));
        let cache = builder.connect_timeout(Duration::from_secs(10)).build().await;
        cache.expect("the server is up").install().expect("nothing was installed before");
        for expected in [false, true] {
            let (_, outcome) = traced(invoice_in_json(7)).await;
            assert_eq!(outcome.is_hit(), expected, "{}", outcome.reason());
            let (_, outcome) = traced(invoice(7)).await;
            assert!(outcome.is_hit(), "{}", outcome.reason());
        }
    });
}

fn outlives() {
    for kind in servers() {
        let server = Server::start(kind);
        let program = std::env::current_exe().expect("a program has a path");
        let test = "carried::hook::a_program_whose_hook_ends_it_outlives_the_cache";
        let output = Command::new(program)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(URL, server.url())
            .output()
            .expect("this program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{:?}: {said}", output.status);
        assert!(said.contains("1 passed"), "{said}");
    }
}
