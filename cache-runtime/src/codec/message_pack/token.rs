//! One step through the bytes: a scalar, or the head of a container.

use super::super::fault::Fault;
use super::mark;

#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'de> {
    Nil,
    /// So many `Some` around a nil, at least one.
    Somes(u8),
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    WideUnsigned(u128),
    WideSigned(i128),
    Float(f32),
    Double(f64),
    Text(&'de str),
    Uuid([u8; 16]),
    Binary(&'de [u8]),
    /// A list of numbers that are bytes.
    Bytes(&'de [u8]),
    Array(usize),
    Map(usize),
}

/// Takes one off the front.
pub(super) fn next<'de>(bytes: &mut &'de [u8]) -> Result<Token<'de>, Fault> {
    let [marker] = array(bytes)?;
    Ok(match marker {
        0x00..=0x7f => Token::Unsigned(marker.into()),
        0x80..=0x8f => Token::Map((marker & 0x0f).into()),
        0x90..=0x9f => Token::Array((marker & 0x0f).into()),
        0xa0..=0xbf => text(bytes, (marker & 0x1f).into())?,
        mark::NIL => Token::Nil,
        0xc1 => return Err(Fault::Refused),
        mark::FALSE => Token::Bool(false),
        mark::TRUE => Token::Bool(true),
        0xc4 => Token::Binary(one(bytes).and_then(|len| slice(bytes, len))?),
        0xc5 => Token::Binary(two(bytes).and_then(|len| slice(bytes, len))?),
        0xc6 => Token::Binary(four(bytes).and_then(|len| slice(bytes, len))?),
        0xc7 => one(bytes).and_then(|len| extension(bytes, len))?,
        0xc8 => two(bytes).and_then(|len| extension(bytes, len))?,
        0xc9 => four(bytes).and_then(|len| extension(bytes, len))?,
        0xca => Token::Float(f32::from_bits(u32::from_be_bytes(array(bytes)?))),
        0xcb => Token::Double(f64::from_bits(u64::from_be_bytes(array(bytes)?))),
        0xcc => Token::Unsigned(u8::from_be_bytes(array(bytes)?).into()),
        0xcd => Token::Unsigned(u16::from_be_bytes(array(bytes)?).into()),
        0xce => Token::Unsigned(u32::from_be_bytes(array(bytes)?).into()),
        0xcf => Token::Unsigned(u64::from_be_bytes(array(bytes)?)),
        0xd0 => Token::Signed(i8::from_be_bytes(array(bytes)?).into()),
        0xd1 => Token::Signed(i16::from_be_bytes(array(bytes)?).into()),
        0xd2 => Token::Signed(i32::from_be_bytes(array(bytes)?).into()),
        0xd3 => Token::Signed(i64::from_be_bytes(array(bytes)?)),
        0xd4..=0xd8 => extension(bytes, 1 << (marker - 0xd4))?,
        0xd9 => one(bytes).and_then(|len| text(bytes, len))?,
        0xda => two(bytes).and_then(|len| text(bytes, len))?,
        0xdb => four(bytes).and_then(|len| text(bytes, len))?,
        0xdc => Token::Array(two(bytes)?),
        0xdd => Token::Array(four(bytes)?),
        0xde => Token::Map(two(bytes)?),
        0xdf => Token::Map(four(bytes)?),
        0xe0..=0xff => Token::Signed(marker.cast_signed().into()),
    })
}

fn extension<'de>(bytes: &mut &'de [u8], len: usize) -> Result<Token<'de>, Fault> {
    let [kind] = array(bytes)?;
    let body = slice(bytes, len)?;
    let wide = || body.try_into().map_err(|_| Fault::Refused);
    match (kind, body) {
        (mark::SOME, [somes @ 1..=mark::MAX_SOMES]) => Ok(Token::Somes(*somes)),
        (mark::UUID, _) => Ok(Token::Uuid(body.try_into().map_err(|_| Fault::Refused)?)),
        (mark::BYTES, _) => Ok(Token::Bytes(body)),
        (mark::SIGNED, _) => Ok(Token::WideSigned(i128::from_be_bytes(wide()?))),
        (mark::UNSIGNED, _) => Ok(Token::WideUnsigned(u128::from_be_bytes(wide()?))),
        _ => Err(Fault::Refused),
    }
}

fn text<'de>(bytes: &mut &'de [u8], len: usize) -> Result<Token<'de>, Fault> {
    str::from_utf8(slice(bytes, len)?).map(Token::Text).map_err(|_| Fault::Refused)
}

fn slice<'de>(bytes: &mut &'de [u8], len: usize) -> Result<&'de [u8], Fault> {
    let (slice, rest) = bytes.split_at_checked(len).ok_or(Fault::Refused)?;
    *bytes = rest;
    Ok(slice)
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Fault> {
    let (array, rest) = bytes.split_first_chunk().ok_or(Fault::Refused)?;
    *bytes = rest;
    Ok(*array)
}

fn one(bytes: &mut &[u8]) -> Result<usize, Fault> {
    Ok(u8::from_be_bytes(array(bytes)?).into())
}

fn two(bytes: &mut &[u8]) -> Result<usize, Fault> {
    Ok(u16::from_be_bytes(array(bytes)?).into())
}

fn four(bytes: &mut &[u8]) -> Result<usize, Fault> {
    usize::try_from(u32::from_be_bytes(array(bytes)?)).map_err(|_| Fault::Refused)
}
