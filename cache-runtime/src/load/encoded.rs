//! What the format of a stored value says, and values that come back from their bytes.

use std::time::Duration;

use crate::codec::{Encoded, Illegible};
use crate::counters::Event;
use crate::store::{Envelope, Format};
use crate::tiers::PolicyState;
use crate::trouble::Trouble;
use crate::value::{ErasedCodec, Stored};

const COMPRESSED: u8 = Format::COMPRESSED;
const NEGATIVE: u8 = Format::NEGATIVE;

/// A value of another type or version is not written over before it is so old: while two versions of a program run side
/// by side they would push out each other's values for ever.
pub(super) const RESPECTED: Duration = Duration::from_secs(5);

/// Why the bytes under a key are not a value of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// They are to be replaced.
    Replace,
    /// They are another version's, and young.
    Respect,
}

/// What to do about a value of another type or version; `None` if it is not one. Not counted as a fault: while two versions
/// of a program run side by side, each finds the other's.
pub(super) fn of_another_version(
    state: &PolicyState,
    erased_codec: &ErasedCodec,
    envelope: &Envelope,
) -> Option<Unreadable> {
    let Format { flags, fingerprint, .. } = envelope.format;
    if fingerprint == state.fingerprint(erased_codec) && flags & !(COMPRESSED | NEGATIVE) == 0 {
        return None;
    }
    Some(another_version(envelope))
}

fn another_version(envelope: &Envelope) -> Unreadable {
    let young = envelope.age < RESPECTED;
    if young { Unreadable::Respect } else { Unreadable::Replace }
}

/// Bytes with the format that tells how to read them.
pub(super) fn with_format(encoded: Encoded, negative: bool, fingerprint: u32) -> (Vec<u8>, Format) {
    let Encoded { bytes, codec, compressed, .. } = encoded;
    let flags = if compressed { COMPRESSED } else { 0 } | if negative { NEGATIVE } else { 0 };
    (bytes, Format { codec, flags, fingerprint })
}

/// Reads a value; what is not one is counted.
pub(crate) fn decoded(
    state: &PolicyState,
    erased_codec: &ErasedCodec,
    envelope: &Envelope,
) -> Result<Stored, Unreadable> {
    let Format { codec, flags, .. } = envelope.format;
    if let Some(unreadable) = of_another_version(state, erased_codec, envelope) {
        return Err(unreadable);
    }
    let compressed = flags & COMPRESSED != 0;
    let stored = if flags & NEGATIVE == 0 {
        erased_codec.decode(&envelope.bytes, codec, compressed, state.tiers.max_value())
    } else if envelope.bytes.is_empty() {
        Ok(None)
    } else {
        // No bytes are stored for the lack of a value: where there are some, it is the flag that is wrong.
        Err(Illegible::Malformed)
    };
    stored.map_err(|illegible| match illegible {
        Illegible::Malformed => {
            state.counters.count(Event::DecodeFailure);
            state.trouble(Trouble::NotDecodable, || {
                let key = state.policy.key;
                format!(
                    "what is stored under a key of `{key}` was cut short or changed, and is loaded again; if it goes on, find \
                     out what else writes to the server"
                )
            });
            Unreadable::Replace
        }
        Illegible::Other => {
            // Unless it is one of this version that its type does not take back: the next that are stored will tell.
            state.proof.doubt();
            another_version(envelope)
        }
    })
}
