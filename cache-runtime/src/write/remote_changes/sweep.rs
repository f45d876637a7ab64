//! Entries that look alike: found by looking at every key.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Result;
use crate::key::{Key, Pattern};
use crate::policy::Tier;
use crate::tiers::Tiers;
use crate::tiers::remote::{Change, EntryAddress, Remote};

/// Ends what matches in the remote tier, and says how many there were with the `found` that came before; `progress` is
/// told that every now and then.
pub(crate) async fn sweep(
    tiers: &Tiers,
    remote: &Arc<Remote>,
    pattern: &Pattern,
    mut found: u64,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<u64> {
    for tier in [Tier::All, Tier::Remote] {
        let mut cursor = 0;
        loop {
            let part = remote.scan(tier, pattern.prefix(), cursor).await?;
            // A scan may give a key several times, mostly in one part; what all have given could be the whole store.
            let keys: HashSet<Key> = part.keys.into_iter().collect();
            for key in keys {
                if pattern.matches(key.as_bytes()) {
                    let address = EntryAddress { tier, key };
                    remote.change(&address, Change::Remove).await?;
                    tiers.end_entry(&address.key, Change::Remove);
                    found += 1;
                }
            }
            progress(found);
            cursor = part.cursor;
            if cursor == 0 {
                break;
            }
        }
    }
    Ok(found)
}
