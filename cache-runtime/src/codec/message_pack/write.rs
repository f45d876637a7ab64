//! The output buffer of the encoder: scalars, text and the heads of containers.

use super::super::{depth, fault::Fault};
use super::mark::{self, Head, Sized};
use super::uuid_text;

/// The bytes written so far, and how deep they are nested.
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    depth: usize,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { out: Vec::with_capacity(128), depth: 0 }
    }

    pub(super) fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > depth::MAX { Err(Fault::TooDeep) } else { Ok(()) }
    }

    pub(super) fn higher(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn head(&mut self, kind: &Sized, length: usize) -> Result<(), Fault> {
        let head = kind.head(length).ok_or(Fault::Refused)?;
        self.out.extend_from_slice(head.as_bytes());
        Ok(())
    }

    /// Puts a head where it should have been, in the place of so many bytes.
    pub(super) fn head_at(&mut self, at: usize, instead_of: usize, head: &[u8]) {
        self.out.splice(at..at + instead_of, head.iter().copied());
    }

    pub(super) fn unsigned(&mut self, number: u64) {
        let [.., a, b, c, d] = number.to_be_bytes();
        match number {
            0..=0x7f => self.out.push(d),
            0x80..=0xff => self.out.extend_from_slice(&[0xcc, d]),
            0x100..=0xffff => self.out.extend_from_slice(&[0xcd, c, d]),
            0x1_0000..=0xffff_ffff => self.out.extend_from_slice(&[0xce, a, b, c, d]),
            _ => self.wide(0xcf, &number.to_be_bytes()),
        }
    }

    pub(super) fn signed(&mut self, number: i64) {
        if let Ok(number) = u64::try_from(number) {
            return self.unsigned(number);
        }
        let [.., a, b, c, d] = number.to_be_bytes();
        match number {
            -0x20.. => self.out.push(d),
            -0x80.. => self.out.extend_from_slice(&[0xd0, d]),
            -0x8000.. => self.out.extend_from_slice(&[0xd1, c, d]),
            -0x8000_0000.. => self.out.extend_from_slice(&[0xd2, a, b, c, d]),
            _ => self.wide(0xd3, &number.to_be_bytes()),
        }
    }

    pub(super) fn wide(&mut self, marker: u8, bytes: &[u8]) {
        self.out.push(marker);
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn wider(&mut self, kind: u8, bytes: [u8; 16]) {
        self.out.extend_from_slice(&[0xd8, kind]);
        self.out.extend_from_slice(&bytes);
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Fault> {
        if let Some(bytes) = uuid_text::encoded(text) {
            self.wider(mark::UUID, bytes);
            return Ok(());
        }
        self.head(&mark::TEXT, text.len())?;
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// Begins a variant that holds something: a map of one entry.
    pub(super) fn variant(&mut self, name: &str) -> Result<(), Fault> {
        self.deeper()?;
        self.head(&mark::MAP, 1)?;
        self.text(name)
    }
}

/// The head of a list of bytes, without them.
pub(super) fn head_of_bytes(length: usize) -> Option<(Head, u8)> {
    Some((mark::EXTENSION.head(length)?, mark::BYTES))
}
