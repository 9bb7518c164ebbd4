//! Protobuf's wire format: tags, varints and lengths.

use bytes::Bytes;
use connect_api::{Error, Result, Str};

/// How deep messages and groups may stand in each other, as in Google's parsers.
pub(super) const DEPTH: u32 = 100;

/// How a field's value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireType {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

impl WireType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Varint => "a varint",
            Self::Fixed64 => "8 bytes",
            Self::Length => "a length",
            Self::StartGroup => "the start of a group",
            Self::EndGroup => "the end of a group",
            Self::Fixed32 => "4 bytes",
        }
    }
}

/// What stands in front of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub(super) number: u32,
    pub(super) wire: WireType,
}

/// A part of a message that is read from front to back.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    buffer: &'a Bytes,
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(buffer: &'a Bytes) -> Self {
        Self {
            buffer,
            at: 0,
            end: buffer.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(super) fn remaining(&self) -> usize {
        self.end - self.at
    }

    /// Returns what is left, sharing the buffer.
    pub(super) fn rest(&self) -> Bytes {
        self.buffer.slice(self.at..self.end)
    }

    pub(super) fn tag(&mut self) -> Result<Tag> {
        let start = self.at;
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            other => {
                return Err(Error::rejected(format!(
                    "byte {start}: expected a wire type between 0 and 5, found {other}"
                )));
            }
        };
        match u32::try_from(key >> 3) {
            Ok(number @ 1..=0x1FFF_FFFF) => Ok(Tag { number, wire }),
            _ => Err(Error::rejected(format!(
                "byte {start}: expected a field number between 1 and 536870911, found {}",
                key >> 3
            ))),
        }
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64> {
        let bytes = &self.buffer[self.at..self.end];
        if let Some(&first) = bytes.first()
            && first < 0x80
        {
            self.at += 1;
            return Ok(first.into());
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Result<u64> {
        let bytes = &self.buffer[self.at..self.end];
        let mut number = 0_u64;
        for (i, byte) in bytes.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7F) << (7 * i);
            if byte & 0x80 == 0 {
                self.at += i + 1;
                return Ok(number);
            }
        }
        Err(Error::rejected(format!(
            "byte {}: expected a varint of at most 10 bytes, found {}",
            self.at,
            if bytes.len() < 10 {
                "the end"
            } else {
                "a longer one"
            }
        )))
    }

    pub(super) fn fixed32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn fixed64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let found = self.buffer[self.at..self.end].first_chunk::<N>().copied();
        let found = found.ok_or_else(|| {
            Error::rejected(format!(
                "byte {}: expected {N} bytes, found {}",
                self.at,
                self.remaining()
            ))
        })?;
        self.at += N;
        Ok(found)
    }

    /// Consumes a length and what it is the length of.
    pub(super) fn nested(&mut self) -> Result<Self> {
        let start = self.at;
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.remaining() => {
                let nested = Self {
                    buffer: self.buffer,
                    at: self.at,
                    end: self.at + length,
                };
                self.at += length;
                Ok(nested)
            }
            _ => Err(Error::rejected(format!(
                "byte {start}: expected {length} bytes, as the length says, found {}",
                self.remaining()
            ))),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes> {
        self.nested().map(|nested| nested.rest())
    }

    pub(super) fn text(&mut self) -> Result<Str> {
        let nested = self.nested()?;
        Str::from_utf8(nested.rest()).map_err(|error| {
            Error::rejected(format!(
                "expected text in UTF-8, found other bytes at byte {}",
                nested.at + error.valid_up_to()
            ))
        })
    }

    /// Consumes a value that nobody asked for.
    pub(super) fn skip(&mut self, tag: Tag) -> Result<()> {
        let mut groups = Vec::new();
        let mut tag = tag;
        loop {
            match tag.wire {
                WireType::Varint => drop(self.varint()?),
                WireType::Fixed64 => drop(self.fixed64()?),
                WireType::Length => {
                    self.nested()?;
                }
                WireType::Fixed32 => drop(self.fixed32()?),
                WireType::StartGroup if groups.len() >= DEPTH as usize => return Err(too_deep()),
                WireType::StartGroup => groups.push(tag.number),
                WireType::EndGroup if groups.pop() == Some(tag.number) => {}
                WireType::EndGroup => {
                    return Err(Error::rejected(format!(
                        "byte {}: expected a value of a field, found the end of group {}",
                        self.at, tag.number
                    )));
                }
            }
            if groups.is_empty() {
                return Ok(());
            }
            tag = self.tag()?;
        }
    }
}

/// Refuses a message that stands in too many others.
pub(super) fn too_deep() -> Error {
    Error::rejected(format!(
        "expected messages at most {DEPTH} deep in each other, found more"
    ))
}

pub(super) fn put_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a number in the zigzag form of `sint64`.
pub(super) fn put_zigzag(number: i64, out: &mut Vec<u8>) {
    put_varint((number << 1 ^ number >> 63) as u64, out);
}

pub(super) fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

pub(super) fn put_tag(number: u32, wire: WireType, out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | wire as u64, out);
}

/// Puts the length of everything from `start` on in front of it.
pub(super) fn put_length_at(start: usize, out: &mut Vec<u8>) {
    let mut length = out.len() - start;
    let mut prefix = [0_u8; 10];
    let mut used = 0;
    while length >= 0x80 {
        prefix[used] = length as u8 | 0x80;
        length >>= 7;
        used += 1;
    }
    prefix[used] = length as u8;
    let body = out.len();
    out.extend_from_slice(&prefix[..=used]);
    out[start..].rotate_right(used + 1);
    debug_assert!(body <= out.len(), "a prefix makes it longer");
}
