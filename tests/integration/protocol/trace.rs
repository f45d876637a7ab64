//! Each script on everything that it can find, on a real server: what it answers and what it leaves.

use std::time::{SystemTime, UNIX_EPOCH};

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

use super::record::{Record, rounded};
use super::scripts::{Call, Scripts};
use super::steps::{Reply, Step, steps};
use crate::support::server::{Kind, Server, servers};

const KEY: &str = "test:v:k";

/// Milliseconds since 1970; the server is on the same machine.
pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later than 1970");
    now.as_millis().try_into().expect("a time that fits")
}

/// Runs the steps of the scripts that are named, and says of each that went otherwise what was wrong.
pub(super) async fn run(
    connection: &mut MultiplexedConnection,
    scripts: &Scripts,
    names: &[&str],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for step in steps(now()).into_iter().filter(|step| names.contains(&step.call.script)) {
        let script = step.call.script;
        if let Err(why) = run_step(connection, scripts, &step).await {
            wrong.push(format!("{script}: {}: {why}\n  {:?}", step.why, step.given));
        }
    }
    wrong
}

async fn run_step(
    connection: &mut MultiplexedConnection,
    scripts: &Scripts,
    step: &Step,
) -> Result<(), String> {
    let given = put(connection, &step.given).await.expect("the server takes what it is given");
    if step.full {
        set_memory(connection, 1).await;
    }
    let before = now();
    let answer = scripts.run(connection, KEY, &step.call).await;
    if step.full {
        set_memory(connection, 0).await;
    }
    check(&step.reply, answer, before, &given)?;
    let left = look(connection, &step.left).await.expect("the server can be asked");
    if left == step.left || step.left == Record::Any {
        return Ok(());
    }
    Err(format!("leaves\n  {left:?}, not\n  {:?}, of", step.left))
}

/// Makes a record all there is, and returns its bytes.
async fn put(connection: &mut MultiplexedConnection, record: &Record) -> RedisResult<Vec<u8>> {
    let now = now();
    let mut pipe = redis::pipe();
    pipe.cmd("UNLINK").arg(KEY).ignore();
    let bytes = match (record, record.encode(now)) {
        (Record::List, _) => {
            pipe.cmd("RPUSH").arg(KEY).arg("item").ignore();
            Vec::new()
        }
        (_, Some((bytes, ttl))) => {
            let set = pipe.cmd("SET").arg(KEY).arg(&bytes);
            if let Some(ttl) = ttl {
                set.arg("PXAT").arg(now + ttl * 1000);
            }
            set.ignore();
            bytes
        }
        _ => Vec::new(),
    };
    pipe.query_async::<()>(connection).await?;
    Ok(bytes)
}

async fn look(connection: &mut MultiplexedConnection, like: &Record) -> RedisResult<Record> {
    let mut pipe = redis::pipe();
    pipe.cmd("TYPE").arg(KEY).cmd("PTTL").arg(KEY);
    let (kind, ttl): (String, i64) = pipe.query_async(connection).await?;
    if kind == "list" {
        return Ok(Record::List);
    }
    let bytes: Option<Vec<u8>> = redis::cmd("GET").arg(KEY).query_async(connection).await?;
    Ok(Record::decode(bytes, now(), ttl, like))
}

/// One byte of memory is none; zero is without a limit.
async fn set_memory(connection: &mut MultiplexedConnection, bytes: u8) {
    let mut set = redis::cmd("CONFIG");
    set.arg("SET").arg("maxmemory").arg(bytes);
    set.query_async::<()>(connection).await.expect("it can be set");
}

fn check(
    expected: &Reply,
    answer: RedisResult<Value>,
    before: i64,
    given: &[u8],
) -> Result<(), String> {
    let answer = match (expected, answer) {
        (Reply::Error(begin), Err(error)) if code(&error) == *begin => return Ok(()),
        (_, Err(error)) => return Err(format!("fails with {error}")),
        (_, Ok(answer)) => answer,
    };
    let reply = match &answer {
        Value::Int(code) => Reply::Is(*code),
        Value::Array(items) => acquired(items, before, given)
            .ok_or_else(|| format!("answers {answer:?}, not {expected:?}"))?,
        _ => return Err(format!("answers {answer:?}")),
    };
    (reply == *expected).then_some(()).ok_or_else(|| format!("answers {reply:?}, not {expected:?}"))
}

fn code(error: &redis::RedisError) -> &str {
    error.code().unwrap_or_default()
}

/// The reply of `acquire`: always a code, the time, and two more.
fn acquired(items: &[Value], before: i64, given: &[u8]) -> Option<Reply> {
    let [Value::Int(code), Value::Int(time), x, y] = items else { return None };
    if !(before - 5..=now() + 5).contains(time) {
        return None;
    }
    Some(match (code, x, y) {
        (code @ (1 | 2), Value::Int(0), Value::BulkString(_)) => Reply::Granted(*code),
        (3, Value::Int(left), Value::BulkString(holder)) => {
            Reply::Busy(rounded(*left), holder.as_slice().try_into().ok()?)
        }
        (4, Value::BulkString(envelope), Value::Int(ttl)) if envelope == given => {
            Reply::Changed(rounded(*ttl))
        }
        (5, Value::Int(left), Value::BulkString(_)) => Reply::Writing(rounded(*left)),
        (6, Value::Int(0), Value::BulkString(_)) => Reply::NotOurs,
        _ => return None,
    })
}

#[tokio::test]
async fn every_script_does_on_everything_it_finds_what_the_protocol_says() {
    let names: Vec<_> = Scripts::names().collect();
    for kind in servers() {
        let server = Server::start(kind);
        let wrong = run(&mut server.connection().await, &Scripts::new(), &names).await;
        assert!(wrong.is_empty(), "on {kind:?}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn the_trace_runs_every_script() {
    let steps = steps(now());
    for script in Scripts::names() {
        // These two look at no entry, and nobody holds what they look at.
        let least = if matches!(script, "announce" | "bump") { 7 } else { 10 };
        let told = steps.iter().filter(|step| step.call.script == script).count();
        assert!(told > least, "{script}: {told}");
    }
}

/// Why a client takes another token when it asks again and its first request may still be on its way: whoever is granted
/// a lease by its own late request has loaded before that.
#[tokio::test]
async fn a_token_that_is_sent_again_late_is_granted_again() {
    let server = Server::start(Kind::Redis);
    let mut connection = server.connection().await;
    let scripts = Scripts::new();
    let token = b"token--a".as_slice();
    let mut answers = Vec::new();
    for (script, args) in [
        ("acquire", vec![token, b"60000", b""]),
        ("invalidate", vec![]),
        ("acquire", vec![token, b"60000", b""]),
        ("fill", vec![token, b"what was loaded under the first lease", b"60000"]),
    ] {
        let call = Call { script, args: args.into_iter().map(<[u8]>::to_vec).collect() };
        answers.push(scripts.run(&mut connection, KEY, &call).await.expect("it runs"));
    }
    assert_eq!(answers[3], Value::Int(1), "{answers:?}");
}
