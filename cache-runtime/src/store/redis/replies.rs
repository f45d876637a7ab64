//! Replies of the server, parsed.

use std::time::Duration;

use redis::Value;

use super::failure::Failure;
use super::record::Record;
use crate::store::layout::{self, Name, Space};
use crate::store::{Acquired, Namespace, Scanned};
use crate::token::Token;

/// The code of every script for a record that is not ours.
pub(super) const FOREIGN: i64 = 6;

/// What `acquire` answered, and the server's time in milliseconds.
pub(super) fn acquired(reply: Value) -> Result<(Acquired, i64), Failure> {
    let [code, now, x, y] = array(reply)?.try_into().map_err(|_| Failure::Garbled)?;
    let now = int(&now)?;
    let acquired = match int(&code)? {
        1 | 2 => Acquired::Granted,
        3 => Acquired::Busy { holder: token(&y)?, left: millis(&x)? },
        4 => changed(x, &y, now)?,
        5 => Acquired::Writing,
        FOREIGN => Acquired::Foreign,
        _ => return Err(Failure::Garbled),
    };
    Ok((acquired, now))
}

fn changed(envelope: Value, ttl: &Value, now: i64) -> Result<Acquired, Failure> {
    let Value::BulkString(bytes) = envelope else { return Err(Failure::Garbled) };
    let (Record::Value(mut value), _) = Record::decode(bytes, u64::try_from(now).unwrap_or(0))
    else {
        return Ok(Acquired::Foreign);
    };
    // Without a ttl somebody has taken it away; then the header tells.
    if let Ok(ttl) = millis(ttl) {
        value.ttl = ttl;
    }
    Ok(Acquired::Changed(value))
}

/// What `SCAN` answered.
pub(super) fn scanned(reply: Value, names: &Namespace, space: Space) -> Result<Scanned, Failure> {
    let [cursor, found] = array(reply)?.try_into().map_err(|_| Failure::Garbled)?;
    let cursor = match cursor {
        Value::BulkString(digits) => {
            str::from_utf8(&digits).ok().and_then(|text| text.parse().ok())
        }
        _ => None,
    };
    let keys = array(found)?.into_iter().filter_map(|name| match name {
        Value::BulkString(name) => match names.parse(&name) {
            Some(Name::Entry(of, key)) if of == space => Some(key),
            _ => None,
        },
        _ => None,
    });
    Ok(Scanned { keys: keys.collect(), cursor: cursor.ok_or(Failure::Garbled)? })
}

/// What `TIME` answered, in microseconds.
pub(super) fn time(reply: Value) -> Result<i64, Failure> {
    let [seconds, micros] = array(reply)?.try_into().map_err(|_| Failure::Garbled)?;
    let number = |value: &Value| match value {
        Value::BulkString(digits) => str::from_utf8(digits).ok().and_then(|text| text.parse().ok()),
        _ => None,
    };
    let (Some(seconds), Some(micros)) = (number(&seconds), number(&micros)) else {
        return Err(Failure::Garbled);
    };
    Ok(i64::saturating_mul(seconds, 1_000_000).saturating_add(micros))
}

/// Whether `ROLE` answered that this is a primary.
pub(super) fn primary(reply: Value) -> Result<(), Failure> {
    match array(reply)?.first() {
        Some(Value::BulkString(role)) if role == b"master" => Ok(()),
        Some(Value::BulkString(_)) => Err(Failure::Replica),
        _ => Err(Failure::Garbled),
    }
}

pub(super) fn array(reply: Value) -> Result<Vec<Value>, Failure> {
    match reply {
        Value::Array(values) => Ok(values),
        _ => Err(Failure::Garbled),
    }
}

pub(super) fn int(reply: &Value) -> Result<i64, Failure> {
    match reply {
        Value::Int(number) => Ok(*number),
        _ => Err(Failure::Garbled),
    }
}

fn millis(value: &Value) -> Result<Duration, Failure> {
    let left = u64::try_from(int(value)?).map_err(|_| Failure::Garbled)?;
    Ok(Duration::from_millis(left))
}

fn token(value: &Value) -> Result<Token, Failure> {
    version(value).and_then(Token::from_bits).ok_or(Failure::Garbled)
}

/// The eight bytes of a token or a version.
pub(super) fn version(value: &Value) -> Option<u64> {
    match value {
        Value::BulkString(bytes) => layout::version(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn reply(code: i64, x: Value, y: Value) -> Value {
        Value::Array(vec![Value::Int(code), Value::Int(1_000), x, y])
    }

    #[test]
    fn an_acquire_is_read_by_its_code() {
        let holder = Token::from_bits(7).unwrap();
        let seven = Value::BulkString(7_u64.to_be_bytes().to_vec());
        let left = Duration::from_millis(5);
        let cases = [
            (reply(1, Value::Int(0), bulk("")), Acquired::Granted),
            (reply(2, Value::Int(0), bulk("")), Acquired::Granted),
            (reply(3, Value::Int(5), seven), Acquired::Busy { holder, left }),
            (reply(4, bulk("garbage"), Value::Int(5)), Acquired::Foreign),
            (reply(5, Value::Int(5), bulk("")), Acquired::Writing),
            (reply(6, Value::Int(0), bulk("")), Acquired::Foreign),
        ];
        for (reply, expected) in cases {
            assert_eq!(acquired(reply), Ok((expected, 1_000)));
        }
    }

    #[test]
    fn answers_of_another_shape_are_told_as_such() {
        let odd = [
            Value::Nil,
            Value::Okay,
            Value::Int(1),
            Value::Array(vec![]),
            Value::Array(vec![Value::Nil; 4]),
            reply(7, Value::Int(0), bulk("")),
            reply(3, Value::Int(5), bulk("short")),
            reply(3, Value::Int(-5), Value::BulkString(vec![1; 8])),
            Value::Array(vec![bulk("x"), bulk("y")]),
        ];
        let names = Namespace::new("shop").unwrap();
        for value in odd {
            assert_eq!(acquired(value.clone()), Err(Failure::Garbled), "{value:?}");
            assert_eq!(time(value.clone()), Err(Failure::Garbled), "{value:?}");
            assert!(scanned(value.clone(), &names, Space::Tracked).is_err(), "{value:?}");
            assert!(primary(value.clone()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn time_and_role_are_read() {
        assert_eq!(time(Value::Array(vec![bulk("12"), bulk("34")])), Ok(12_000_034));
        let role = |name| primary(Value::Array(vec![bulk(name), Value::Int(0)]));
        assert_eq!(role("master"), Ok(()));
        assert_eq!(role("slave"), Err(Failure::Replica));
    }

    #[test]
    fn a_scan_keeps_the_keys_of_its_own_space() {
        let names = Namespace::new("shop").unwrap();
        let found = Value::Array(vec![bulk("shop:v:a"), bulk("shop:r:b"), bulk("x")]);
        let scanned =
            scanned(Value::Array(vec![bulk("17"), found]), &names, Space::Tracked).unwrap();
        assert_eq!(scanned.cursor, 17);
        assert_eq!(scanned.keys, [crate::key::Key::new(b"a").unwrap()]);
    }
}
