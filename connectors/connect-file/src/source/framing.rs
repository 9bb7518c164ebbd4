//! [`Framing`]: where one record ends and the next begins.

use std::collections::VecDeque;

use connect_api::Result;
use memchr::{memchr2, memmem, memrchr2};

use super::multiline::{Multiline, Rest, Span};
use crate::delimiter::delimiter;

/// Where one record ends and the next begins.
///
/// It is a function of the bytes behind a position and of what stands directly in front of it, so that it does not
/// matter where reads and restarts cut a file.
#[derive(Debug)]
pub(crate) enum Framing {
    /// Java's lines, each ended by `\n`, `\r\n` or `\r`.
    Lines,
    /// Bytes of the operator's choice end each.
    Delimited(Box<Delimiter>),
    /// Several of Java's lines are one record.
    Multiline(Multiline),
}

/// What stands in front of a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Before {
    /// The end of a record, or nothing.
    #[default]
    End,
    /// A `\r`: a `\n` behind it belongs to the same line end.
    Return,
    /// Text whose end is missing: it was handed out without one.
    Text,
}

/// The whole records at the start of some bytes.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// The place after the last of them.
    pub(crate) end: usize,
    /// Each of them, where looking for line ends does not tell.
    pub(crate) spans: VecDeque<Span>,
}

/// What ends each record: bytes of the operator's choice.
#[derive(Clone, Debug)]
pub(crate) struct Delimiter {
    finder: memmem::Finder<'static>,
    backward: memmem::FinderRev<'static>,
    /// Whether it may overlap itself; then only looking for it from the front finds the right ones.
    overlaps: bool,
}

impl Framing {
    /// Says what `bytes` leave in front of the position behind them.
    pub(crate) fn before(&self, bytes: &[u8]) -> Before {
        match (self, bytes) {
            (_, []) => Before::End,
            (Self::Delimited(delimiter), _) if bytes.ends_with(delimiter.bytes()) => Before::End,
            (Self::Delimited(_), _) => Before::Text,
            (_, [.., b'\n']) => Before::End,
            (_, [.., b'\r']) => Before::Return,
            _ => Before::Text,
        }
    }

    /// Returns how many bytes say what stands in front of a position.
    pub(crate) fn lookbehind(&self) -> usize {
        match self {
            Self::Delimited(delimiter) => delimiter.bytes().len(),
            Self::Lines | Self::Multiline(_) => 1,
        }
    }

    /// Returns how many of `bytes` still belong to the record in front of them.
    ///
    /// A `\r` may have been read without its `\n`, and a last line may have been handed out before its end was written.
    pub(crate) fn rest_of_end(&self, before: Before, bytes: &[u8]) -> usize {
        match before {
            Before::End => 0,
            Before::Return => usize::from(bytes.first() == Some(&b'\n')),
            Before::Text => self.end_at(bytes),
        }
    }

    /// Returns the place of the first end.
    pub(crate) fn first_end(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Delimited(delimiter) => delimiter.finder.find(bytes),
            Self::Lines | Self::Multiline(_) => memchr2(b'\n', b'\r', bytes),
        }
    }

    /// Returns how long the end is that `bytes` start with.
    pub(crate) fn end_at(&self, bytes: &[u8]) -> usize {
        match (self, bytes) {
            (Self::Delimited(delimiter), _) if bytes.starts_with(delimiter.bytes()) => {
                delimiter.bytes().len()
            }
            (Self::Delimited(_), _) => 0,
            (_, [b'\r', b'\n', ..]) => 2,
            (_, [b'\r' | b'\n', ..]) => 1,
            _ => 0,
        }
    }

    /// Finds the whole records at the start of `bytes`, which begin with one.
    pub(crate) fn whole(&self, bytes: &[u8]) -> Whole {
        match self {
            Self::Lines => Whole::until(memrchr2(b'\n', b'\r', bytes).map(|last| last + 1)),
            Self::Delimited(delimiter) => Whole::until(delimiter.last_end(bytes)),
            Self::Multiline(multiline) => Whole::of(multiline.cut(bytes, Rest::Open)),
        }
    }

    /// Takes all of `bytes`, which begin with a record: the last one may lack its end.
    pub(crate) fn everything(&self, bytes: &[u8]) -> Whole {
        match self {
            Self::Multiline(multiline) => Whole::of(multiline.cut(bytes, Rest::Complete)),
            Self::Lines | Self::Delimited(_) => Whole::until(Some(bytes.len())),
        }
    }

    /// Returns whether an end can stand in the middle of a character.
    pub(crate) fn splits_text(&self) -> bool {
        match self {
            Self::Delimited(delimiter) => str::from_utf8(delimiter.bytes()).is_err(),
            Self::Lines | Self::Multiline(_) => false,
        }
    }
}

impl Whole {
    fn until(end: Option<usize>) -> Self {
        Self {
            end: end.unwrap_or(0),
            spans: VecDeque::new(),
        }
    }

    fn of(spans: VecDeque<Span>) -> Self {
        Self {
            end: spans.back().map_or(0, |last| last.end),
            spans,
        }
    }
}

impl Delimiter {
    /// Reads a delimiter.
    ///
    /// # Errors
    ///
    /// `Config`: it is empty, or has an escape that there is not.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let bytes = delimiter(text)?;
        Ok(Self {
            overlaps: (1..bytes.len()).any(|by| bytes.ends_with(&bytes[..by])),
            finder: memmem::Finder::new(&bytes).into_owned(),
            backward: memmem::FinderRev::new(&bytes).into_owned(),
        })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.finder.needle()
    }

    fn last_end(&self, bytes: &[u8]) -> Option<usize> {
        let last = if self.overlaps {
            self.finder.find_iter(bytes).last()
        } else {
            self.backward.rfind(bytes)
        };
        last.map(|last| last + self.bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_that_overlaps_itself_is_found_from_the_front() {
        let framing = Framing::Delimited(Box::new(Delimiter::parse("aa").unwrap()));
        assert_eq!(framing.whole(b"xaaa").end, 3);
        assert_eq!(framing.whole(b"xaaaa").end, 5);
    }
}
