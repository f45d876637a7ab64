//! Key parts from other crates, each behind the feature of the crate's name.

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use super::part::displayed;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time", feature = "uuid"))]
use super::{KeyPart, KeyWriter};

#[cfg(feature = "uuid")]
#[diagnostic::do_not_recommend]
impl KeyPart for uuid::Uuid {
    fn write_key(&self, key: &mut KeyWriter) {
        key.text(self.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()));
    }
}

#[cfg(feature = "time")]
displayed!(
    time::Date,
    time::Time,
    time::PrimitiveDateTime,
    time::OffsetDateTime,
    time::UtcOffset,
    time::Weekday,
    time::Month
);

// Not `DateTime<Tz>` for every zone: "IST" is the name of several.
#[cfg(feature = "chrono")]
displayed!(
    chrono::DateTime<chrono::Utc>,
    chrono::DateTime<chrono::FixedOffset>,
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::Weekday
);

// Not `Zoned`: the text of a zone without a name tells only its offset.
#[cfg(feature = "jiff")]
displayed!(jiff::Timestamp, jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime);
