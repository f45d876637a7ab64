//! Every way to say, inside of a transaction, that something in the cache is no longer so.

use std::time::Duration;

use cache_runtime::{Cache, cached, entry, invalidate, invalidates};

use crate::support::source::Source;

/// Every way, on the entry `shelf(1, id)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Reference,
    Tag,
    Group,
    OfTheResult,
    WriteThrough,
    MacroReference,
    MacroTag,
    MacroGroup,
    Invalidate,
    InvalidateTag,
    InvalidatePattern,
    MarkStale,
    Put,
    PutFor,
    Clear,
}

pub(crate) const WAYS: [Way; 15] = [
    Way::Reference,
    Way::Tag,
    Way::Group,
    Way::OfTheResult,
    Way::WriteThrough,
    Way::MacroReference,
    Way::MacroTag,
    Way::MacroGroup,
    Way::Invalidate,
    Way::InvalidateTag,
    Way::InvalidatePattern,
    Way::MarkStale,
    Way::Put,
    Way::PutFor,
    Way::Clear,
];

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed;

impl From<cache_runtime::Error> for Failed {
    fn from(_: cache_runtime::Error) -> Self {
        Self
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failed>;

#[cached(key = "shelf:<room>:<id>", ttl = "1h", tags = ["shelves", "shelf:<id>"], group(room))]
pub(crate) async fn shelf(source: &Source, room: u64, id: u64) -> u64 {
    let _ = room;
    source.load(id).await
}

#[invalidates(shelf(1, id))]
async fn by_reference(id: u64) -> Result {
    Ok(())
}

#[invalidates(tags = ["shelf:<id>"])]
async fn by_tag(id: u64) -> Result {
    Ok(())
}

#[invalidates(shelf(1, _))]
async fn by_group() -> Result {
    Ok(())
}

#[invalidates(|id| shelf(1, *id))]
async fn by_result(id: u64) -> Result<u64> {
    Ok(id)
}

#[cached(
    key = "shelf:<room>:<id>",
    ttl = "1h",
    tags = ["shelves", "shelf:<id>"],
    group(room),
    strategy = "write_through",
    value = value
)]
async fn write_through(room: u64, id: u64, value: u64) -> Result {
    let _ = (room, id);
    Ok(())
}

impl Way {
    /// Says that the shelf is about to hold this value.
    pub(crate) async fn say(self, cache: &Cache, id: u64, value: u64) -> Result {
        match self {
            Self::Reference => by_reference(id).await?,
            Self::Tag => by_tag(id).await?,
            Self::Group => by_group().await?,
            Self::OfTheResult => drop(by_result(id).await?),
            Self::WriteThrough => write_through(1, id, value).await?,
            Self::MacroReference => invalidate!(shelf(1, id)).await?,
            Self::MacroTag => invalidate!(tags = ["shelves"]).await?,
            Self::MacroGroup => invalidate!(shelf(1, _)).await?,
            Self::Invalidate => cache.invalidate(entry!(shelf(1, id))).await?,
            Self::InvalidateTag => cache.invalidate_tag("shelves").await?,
            Self::InvalidatePattern => {
                cache.invalidate_pattern("shelf:*").await?;
            }
            Self::MarkStale => cache.mark_stale(entry!(shelf(1, id))).await?,
            Self::Put => cache.put(entry!(shelf(1, id)), value).await?,
            Self::PutFor => {
                cache.put_for(entry!(shelf(1, id)), value, Duration::from_mins(1)).await?;
            }
            Self::Clear => cache.clear().await?,
        }
        Ok(())
    }

    /// Whether the entry holds the new value after the commit; if not, it is empty.
    pub(crate) fn leaves_the_value(self) -> bool {
        matches!(self, Self::WriteThrough | Self::Put | Self::PutFor)
    }
}
