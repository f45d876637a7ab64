//! What is under a key: written and read here by the book, so that a script is not held against itself.

/// Eight bytes that name a load, a write or a value.
pub(super) type Token = [u8; 8];

pub(super) const NOBODY: Token = [0; 8];

/// Seconds; negative in the past. Those of records are multiples of ten, and are rounded up to them when they are read:
/// so a machine may be nine seconds late before it changes the outcome.
pub(super) type Seconds = i64;

/// What is under a key, with times counted from now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Nothing,
    Value(Value),
    /// A load's, without a value.
    Lease {
        token: Token,
        until: Seconds,
        ttl: Option<Seconds>,
    },
    /// Writers', without a value.
    Guards {
        writers: Vec<(Token, Seconds)>,
        dirty: bool,
        ttl: Option<Seconds>,
    },
    /// Bytes that are no record of ours.
    Foreign {
        bytes: Vec<u8>,
        ttl: Option<Seconds>,
    },
    /// Something else than bytes.
    List,
    /// What is there does not matter.
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) id: Token,
    pub(super) fingerprint: u32,
    pub(super) hold: Hold,
    /// How long ago its load began.
    pub(super) age: Seconds,
    pub(super) fresh: Seconds,
    /// The fresh time was reckoned by the server's clock, and is not known to the millisecond.
    pub(super) about: bool,
    pub(super) window: Seconds,
    pub(super) payload: String,
    pub(super) ttl: Option<Seconds>,
}

/// What stands beside a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    None,
    Load(Token, Seconds),
    Write(Token, Seconds),
}

const HEADER: usize = 64;
const VERSIONS: [u64; 2] = [0x0102_0304_0506_0708, 0x1112_1314_1516_1718];

impl Value {
    /// The record at a moment, in milliseconds since 1970. What no script looks at is there too: it must not change.
    pub(super) fn encode(&self, now: i64) -> Vec<u8> {
        let (token, until, kind) = match self.hold {
            Hold::None => (NOBODY, None, 0),
            Hold::Load(token, until) => (token, Some(until), b'R'),
            Hold::Write(token, until) => (token, Some(until), b'W'),
        };
        let mut bytes = vec![0xC5, b'V', 1, 5];
        bytes.extend(self.fingerprint.to_be_bytes());
        bytes.extend(self.id);
        bytes.extend(token);
        bytes.extend(until.map_or(0, |until| now + until * 1000).to_be_bytes());
        bytes.extend([kind, 2]);
        let payload = u16::try_from(HEADER + 16).expect("a small offset");
        bytes.extend(payload.to_be_bytes());
        bytes.extend(u32::try_from(self.payload.len()).expect("a short payload").to_be_bytes());
        bytes.extend((now - self.age * 1000).to_be_bytes());
        bytes.extend((self.fresh * 1000).to_be_bytes());
        bytes.extend(777_u32.to_be_bytes());
        bytes.extend(u32::try_from(self.window).expect("a small window").to_be_bytes());
        bytes.extend(VERSIONS.iter().flat_map(|version| version.to_be_bytes()));
        bytes.extend(self.payload.as_bytes());
        bytes
    }

    /// `None` if anything is not as it was written. What is known only about is rounded, as all times from now are.
    fn decode(bytes: &[u8], now: i64, ttl: Option<Seconds>, about: bool) -> Option<Self> {
        let fresh = i64::from_be_bytes(token_at(bytes, 48));
        let (token, until) = (token_at(bytes, 16), i64::from_be_bytes(token_at(bytes, 24)));
        let value = Self {
            id: token_at(bytes, 8),
            fingerprint: number(bytes, 4),
            hold: match bytes[32] {
                b'R' => Hold::Load(token, rounded(until - now)),
                b'W' => Hold::Write(token, rounded(until - now)),
                _ => Hold::None,
            },
            age: -rounded(i64::from_be_bytes(token_at(bytes, 40)) - now),
            // A mark is a moment early.
            fresh: if about { -rounded(-fresh - 1000) } else { fresh / 1000 },
            about,
            window: number(bytes, 60).into(),
            payload: String::from_utf8(bytes.get(HEADER + 16..)?.to_vec()).ok()?,
            ttl,
        };
        let mut again = value.encode(now);
        // The times were rounded, and are compared as such.
        again[40..48].copy_from_slice(&bytes[40..48]);
        if about {
            again[48..56].copy_from_slice(&bytes[48..56]);
        }
        if value.hold != Hold::None {
            again[24..32].copy_from_slice(&bytes[24..32]);
        }
        (again == bytes).then_some(value)
    }
}

impl Record {
    /// The bytes and the ttl to put under a key.
    pub(super) fn encode(&self, now: i64) -> Option<(Vec<u8>, Option<Seconds>)> {
        Some(match self {
            Self::Nothing | Self::List | Self::Any => return None,
            Self::Value(value) => (value.encode(now), value.ttl),
            Self::Foreign { bytes, ttl } => (bytes.clone(), *ttl),
            Self::Lease { token, until, ttl } => {
                let mut bytes = vec![0; HEADER];
                bytes[..2].copy_from_slice(b"\xC5L");
                bytes[16..24].copy_from_slice(token);
                bytes[24..32].copy_from_slice(&(now + until * 1000).to_be_bytes());
                bytes[32] = b'R';
                (bytes, *ttl)
            }
            Self::Guards { writers, dirty, ttl } => {
                let mut bytes = vec![0; HEADER];
                bytes[..4].copy_from_slice(&[0xC5, b'W', 0, (*dirty).into()]);
                bytes[32] = b'W';
                for (token, until) in writers {
                    bytes.extend(token);
                    bytes.extend((now + until * 1000).to_be_bytes());
                }
                (bytes, *ttl)
            }
        })
    }

    /// Reads what is to be like another record: as exactly as that is known.
    pub(super) fn decode(bytes: Option<Vec<u8>>, now: i64, ttl: i64, like: &Self) -> Self {
        let Some(bytes) = bytes else { return Self::Nothing };
        let ttl = (ttl >= 0).then(|| rounded(ttl));
        let about = matches!(like, Self::Value(Value { about: true, .. }));
        Self::ours(&bytes, now, ttl, about).unwrap_or(Self::Foreign { bytes, ttl })
    }

    fn ours(bytes: &[u8], now: i64, ttl: Option<Seconds>, about: bool) -> Option<Self> {
        if bytes.len() < HEADER || bytes[0] != 0xC5 {
            return None;
        }
        let until = |at| i64::from_be_bytes(token_at(bytes, at)) - now;
        let (record, exact) = match bytes[1] {
            b'V' => return Value::decode(bytes, now, ttl, about).map(Self::Value),
            b'L' => {
                let token = token_at(bytes, 16);
                (Self::Lease { token, until: rounded(until(24)), ttl }, 24..32)
            }
            b'W' if bytes.len().is_multiple_of(16) => {
                let writers = (HEADER..bytes.len()).step_by(16);
                let writers =
                    writers.map(|at| (token_at(bytes, at), rounded(until(at + 8)))).collect();
                (Self::Guards { writers, dirty: bytes[3] == 1, ttl }, HEADER..bytes.len())
            }
            _ => return None,
        };
        let (mut again, _) = record.encode(now)?;
        again[exact.clone()].copy_from_slice(&bytes[exact]);
        (again == bytes).then_some(record)
    }
}

/// Up to ten seconds late is on time; so is a clock that is read a little earlier than the server's.
pub(super) fn rounded(ms: i64) -> Seconds {
    -(5 - ms).div_euclid(10_000) * 10
}

fn token_at(bytes: &[u8], at: usize) -> Token {
    std::array::from_fn(|i| bytes[at + i])
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(std::array::from_fn(|i| bytes[at + i]))
}
