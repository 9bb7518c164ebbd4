//! [`Input`]: bytes that are taken off the front, within bounds.

use bytes::Bytes;
use connect_api::{Error, Result};

/// How deep values may be nested.
const DEPTH: usize = 256;

/// How many values that take no bytes a message may have, however short it is.
const FREE: usize = 1 << 16;

/// How many more of them each byte allows.
const FREE_PER_BYTE: usize = 8;

/// The rest of a message, and what it may still cost.
pub(super) struct Input<'a> {
    bytes: &'a Bytes,
    at: usize,
    depth: usize,
    free: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a Bytes) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
            free: FREE.saturating_add(bytes.len().saturating_mul(FREE_PER_BYTE)),
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Goes one level deeper; [`leave`](Self::leave) comes back.
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth == DEPTH {
            return Err(self.expected(format!("at most {DEPTH} levels of values"), "more"));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts values that take no bytes.
    pub(super) fn spend(&mut self, values: usize) -> Result<()> {
        match self.free.checked_sub(values) {
            Some(left) => {
                self.free = left;
                Ok(())
            }
            None => Err(self.expected("fewer values that take no bytes", format!("{values} more"))),
        }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8> {
        match self.bytes.get(self.at) {
            Some(byte) => {
                self.at += 1;
                Ok(*byte)
            }
            None => Err(self.expected("a byte", "the end")),
        }
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let rest = &self.bytes[self.at..];
        match rest.first_chunk::<N>() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(self.short(N)),
        }
    }

    /// Takes bytes without copying them.
    #[inline]
    pub(super) fn slice(&mut self, length: usize) -> Result<Bytes> {
        let start = self.advance(length)?;
        Ok(self.bytes.slice(start..start + length))
    }

    /// Takes bytes to look at.
    pub(super) fn view(&mut self, length: usize) -> Result<&'a [u8]> {
        let start = self.advance(length)?;
        Ok(&self.bytes[start..start + length])
    }

    /// Steps over bytes; returns where they begin.
    #[inline]
    pub(super) fn advance(&mut self, length: usize) -> Result<usize> {
        if length > self.remaining() {
            return Err(self.short(length));
        }
        let start = self.at;
        self.at += length;
        Ok(start)
    }

    /// Reads the length of text or bytes.
    #[inline]
    pub(super) fn length(&mut self) -> Result<usize> {
        let start = self.at;
        let length = self.long()?;
        usize::try_from(length).map_err(|error| {
            self.expected_at(start, "a length", length)
                .with_source(error)
        })
    }

    /// Reads an index below `count`.
    #[inline]
    pub(super) fn index(&mut self, count: usize, of: &str) -> Result<usize> {
        let start = self.at;
        let index = self.long()?;
        match usize::try_from(index) {
            Ok(index) if index < count => Ok(index),
            _ => Err(self.expected_at(start, format!("the index of one of {count} {of}"), index)),
        }
    }

    #[inline]
    pub(super) fn int(&mut self) -> Result<i32> {
        let start = self.at;
        let long = self.long()?;
        i32::try_from(long).map_err(|error| {
            self.expected_at(start, "an int of 32 bits", long)
                .with_source(error)
        })
    }

    #[inline]
    pub(super) fn long(&mut self) -> Result<i64> {
        let start = self.at;
        let first = self.byte()?;
        let bits = if first < 0x80 {
            u64::from(first)
        } else {
            self.rest_of_long(start, u64::from(first & 0x7F))?
        };
        Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed())
    }

    fn rest_of_long(&mut self, start: usize, mut bits: u64) -> Result<u64> {
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            bits |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(bits);
            }
        }
        Err(self.expected_at(start, "a long of 64 bits", "more"))
    }

    /// Reads how many elements the next block has, each of `least` bytes or more; 0 is the end.
    pub(super) fn block(&mut self, least: usize) -> Result<usize> {
        let start = self.at;
        let count = self.long()?;
        if count < 0 {
            let size = self.long()?;
            if usize::try_from(size).is_ok_and(|size| size <= self.remaining()) {
                return self.count(start, count.checked_neg(), least);
            }
            return Err(self.expected_at(
                start,
                format!("a block of at most {} bytes", self.remaining()),
                size,
            ));
        }
        self.count(start, Some(count), least)
    }

    fn count(&mut self, start: usize, count: Option<i64>, least: usize) -> Result<usize> {
        let known = count.and_then(|count| usize::try_from(count).ok());
        let known = known.ok_or_else(|| self.expected_at(start, "a count", i64::MIN))?;
        if least == 0 {
            self.spend(known)?;
        } else if known > self.remaining() / least {
            let most = self.remaining() / least;
            return Err(self.expected_at(start, format!("at most {most} elements"), known));
        }
        Ok(known)
    }

    #[cold]
    fn short(&self, wanted: usize) -> Error {
        self.expected(format!("{wanted} bytes"), self.remaining())
    }

    #[cold]
    pub(super) fn expected(
        &self,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Error {
        self.expected_at(self.at, expected, found)
    }

    #[cold]
    pub(super) fn expected_at(
        &self,
        at: usize,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) -> Error {
        Error::rejected(format!("offset {at}: expected {expected}, found {found}"))
    }
}
