//! [`Block`]: bytes that were read at once, handed out line by line.

use std::{collections::VecDeque, str::Utf8Error};

use bytes::Bytes;
use connect_api::Str;

use super::{
    framing::{Before, Framing, Whole},
    multiline::Span,
};

/// How much of a line that is too long is kept, to recognise it by.
pub(crate) const BEGINNING: usize = 4 * 1024;

/// Whole lines that were read at once; each is handed out as a slice of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    /// A line in front of them that was not read whole.
    long: Option<Line>,
    bytes: Bytes,
    /// The same bytes as text, if they are: then UTF-8 is checked once and not per line.
    text: Option<Str>,
    /// Where each line ends, if looking for line ends does not tell.
    spans: VecDeque<Span>,
    /// Where the next line starts.
    cursor: usize,
    /// Where the first byte stands in the file.
    base: u64,
    /// What stands in front of what follows.
    before_end: Before,
}

/// One line without what ends it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// Text.
    Text(Str),
    /// Bytes that are not UTF-8.
    Unreadable(Bytes, Utf8Error),
    /// The beginning of a line that is too long to be read, and how long it is.
    TooLong(Bytes, u64),
}

/// What a read found behind the lines that were handed out before.
#[derive(Debug)]
pub(crate) enum Found {
    /// Whole lines.
    Lines(Block),
    /// Less than a line.
    Nothing {
        /// How many bytes still belong to the end of the line before.
        skipped: usize,
        /// What stands in front of what is left.
        before: Before,
    },
}

impl Found {
    fn nothing(framing: &Framing, skipped: &[u8], before: Before) -> Self {
        Self::Nothing {
            skipped: skipped.len(),
            before: match skipped {
                [] => before,
                skipped => framing.before(skipped),
            },
        }
    }
}

impl Block {
    /// Cuts the whole lines out of `read`, which starts at `base`.
    ///
    /// What is left over is read again, together with what follows it.
    pub(crate) fn whole_lines(
        framing: &Framing,
        read: Vec<u8>,
        base: u64,
        before: Before,
    ) -> Found {
        let start = framing.rest_of_end(before, &read);
        let whole = framing.whole(&read[start..]);
        if whole.end > 0 {
            Found::Lines(Self::new(framing, read, (start, whole), base))
        } else {
            Found::nothing(framing, &read[..start], before)
        }
    }

    /// Takes everything in `read`: the last line may lack its end.
    pub(crate) fn to_the_end(framing: &Framing, read: Vec<u8>, base: u64, before: Before) -> Found {
        let start = framing.rest_of_end(before, &read);
        if start < read.len() {
            let whole = framing.everything(&read[start..]);
            Found::Lines(Self::new(framing, read, (start, whole), base))
        } else {
            Found::nothing(framing, &read[..start], before)
        }
    }

    /// Takes `read`, which starts at `base` with a line.
    pub(crate) fn lines(framing: &Framing, read: Vec<u8>, base: u64) -> Self {
        let whole = framing.everything(&read);
        Self::new(framing, read, (0, whole), base)
    }

    /// Takes a line that is too long, whose end stands in `read`, and the whole lines behind it.
    ///
    /// `read` starts at `base`; where its text ends, so does the line.
    pub(crate) fn behind(framing: &Framing, long: Line, read: Vec<u8>, base: u64) -> Self {
        let text = framing.first_end(&read).unwrap_or(read.len());
        let start = text + framing.end_at(&read[text..]);
        let whole = framing.whole(&read[start..]);
        let block = Self::new(framing, read, (start, whole), base);
        Self {
            long: Some(long),
            ..block
        }
    }

    fn new(framing: &Framing, read: Vec<u8>, (start, whole): (usize, Whole), base: u64) -> Self {
        let end = start + whole.end;
        let before_end = framing.before(&read[..end]);
        let bytes = Bytes::from(read).slice(start..end);
        let text = match framing.splits_text() {
            true => None,
            false => Str::from_utf8(bytes.clone()).ok(),
        };
        Self {
            long: None,
            bytes,
            text,
            spans: whole.spans,
            cursor: 0,
            base: base + start as u64,
            before_end,
        }
    }

    /// Hands out the next line.
    pub(crate) fn next_line(&mut self, framing: &Framing) -> Option<Line> {
        if self.long.is_some() {
            return self.long.take();
        }
        let rest = &self.bytes[self.cursor..];
        if rest.is_empty() {
            return None;
        }
        let span = self.spans.pop_front().unwrap_or_else(|| {
            let length = framing.first_end(rest).unwrap_or(rest.len());
            let text = self.cursor + length;
            let end = text + framing.end_at(&rest[length..]);
            Span { text, end }
        });
        let line = self.cursor..span.text;
        self.cursor = span.end;
        Some(match &self.text {
            Some(text) => Line::Text(text.slice(line)),
            None => Line::read(self.bytes.slice(line)),
        })
    }

    /// Returns the place in the file after the line that was handed out last.
    pub(crate) fn position(&self) -> u64 {
        self.base + self.cursor as u64
    }

    /// Returns how many bytes of lines are left to hand out.
    pub(crate) fn left(&self) -> usize {
        self.long.as_ref().map_or(0, Line::size) + self.bytes.len() - self.cursor
    }

    /// Returns how much memory its lines take.
    pub(crate) fn size(&self) -> usize {
        self.long.as_ref().map_or(0, Line::size) + self.bytes.len()
    }

    /// Skips the lines in front of `position`.
    pub(crate) fn skip_to(&mut self, framing: &Framing, position: u64) {
        loop {
            let here = self.clone();
            if self.next_line(framing).is_none() {
                return;
            }
            if self.position() > position {
                *self = here;
                return;
            }
        }
    }

    /// Returns the place in the file after the last line.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Returns what stands in front of [`end`](Self::end).
    pub(crate) fn before_end(&self) -> Before {
        self.before_end
    }
}

impl Line {
    /// Keeps the beginning of a line of `length` bytes that is too long.
    pub(crate) fn too_long(beginning: &[u8], length: u64) -> Self {
        let beginning = &beginning[..beginning.len().min(BEGINNING)];
        Self::TooLong(Bytes::copy_from_slice(beginning), length)
    }

    /// Keeps no more than the beginning if it has more than `longest` bytes.
    pub(crate) fn within(self, longest: usize) -> Self {
        match &self {
            Self::Text(text) if text.len() > longest => {
                Self::too_long(text.as_bytes(), text.len() as u64)
            }
            Self::Unreadable(bytes, _) if bytes.len() > longest => {
                Self::too_long(bytes, bytes.len() as u64)
            }
            _ => self,
        }
    }

    /// Returns how many bytes of it were read.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Unreadable(bytes, _) | Self::TooLong(bytes, _) => bytes.len(),
        }
    }

    fn read(bytes: Bytes) -> Self {
        match Str::from_utf8(bytes.clone()) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Unreadable(bytes, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: Framing = Framing::Lines;

    /// Java's rule, written down once more and slowly.
    fn lines_of(bytes: &[u8]) -> Vec<(Vec<u8>, u64)> {
        let mut lines = Vec::new();
        let mut line = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let end = match &bytes[at..] {
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => 0,
            };
            if end == 0 {
                line.push(bytes[at]);
                at += 1;
            } else {
                at += end;
                lines.push((std::mem::take(&mut line), at as u64));
            }
        }
        lines
    }

    fn take(block: &mut Block, lines: &mut Vec<(Vec<u8>, u64)>) {
        while let Some(line) = block.next_line(&LINES) {
            let bytes = match line {
                Line::Text(text) => text.as_bytes().to_vec(),
                Line::Unreadable(bytes, _) | Line::TooLong(bytes, _) => bytes.to_vec(),
            };
            lines.push((bytes, block.position()));
        }
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_reads_are_cut(
            bytes in prop::collection::vec(prop::sample::select(b"a\xc3\xa9\n\r".to_vec()), 0..40),
            cuts in prop::collection::vec(1_usize..9, 1..20),
        ) {
            let (mut position, mut before, mut lines) = (0, Before::End, Vec::new());
            let mut cuts = cuts.into_iter().cycle();
            let mut size = 0;
            while size < bytes.len() {
                size = bytes.len().min(size + cuts.next().unwrap());
                let read = bytes[position..size].to_vec();
                match Block::whole_lines(&LINES, read, position as u64, before) {
                    Found::Lines(mut block) => {
                        take(&mut block, &mut lines);
                        position = block.end() as usize;
                        before = block.before_end();
                        prop_assert_eq!(block.position(), block.end());
                    }
                    Found::Nothing { skipped, before: last } => {
                        before = last;
                        position += skipped;
                    }
                }
            }
            let texts = |lines: &[(Vec<u8>, u64)]| lines.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>();
            let expected = lines_of(&bytes);
            prop_assert_eq!(texts(&lines), texts(&expected));
            // A cut inside `\r\n` leaves the position between the two.
            for ((_, found), (_, expected)) in lines.iter().zip(&expected) {
                prop_assert!(found == expected || found + 1 == *expected);
            }
        }
    }

    #[test]
    fn a_line_shares_the_memory_of_its_block() {
        let Found::Lines(mut block) =
            Block::whole_lines(&LINES, b"one\ntwo\n".to_vec(), 0, Before::End)
        else {
            panic!("two lines are whole lines");
        };
        let start = block.bytes.as_ptr();
        block.next_line(&LINES);
        let Some(Line::Text(two)) = block.next_line(&LINES) else {
            panic!("the second line is text");
        };
        assert_eq!(two.as_ptr(), start.wrapping_add(4));
    }

    #[test]
    fn lines_are_skipped_up_to_a_position() {
        let long = Line::too_long(b"long", 1004);
        let block = Block::behind(&LINES, long.clone(), b"er\none\ntwo\n".to_vec(), 1000);
        for (position, expected) in [
            (0, Some(long)),
            (1003, Some(Line::Text("one".into()))),
            (1007, Some(Line::Text("two".into()))),
            (1011, None),
        ] {
            let mut block = block.clone();
            block.skip_to(&LINES, position);
            assert_eq!(block.next_line(&LINES), expected, "{position}");
        }
    }

    #[test]
    fn one_bad_line_condemns_no_other() {
        let read = b"good\n\xffbad\nalso good\n".to_vec();
        let Found::Lines(mut block) = Block::whole_lines(&LINES, read, 100, Before::End) else {
            panic!("three lines are whole lines");
        };
        assert_eq!(block.next_line(&LINES), Some(Line::Text("good".into())));
        assert!(
            matches!(block.next_line(&LINES), Some(Line::Unreadable(bytes, _)) if bytes == b"\xffbad"[..])
        );
        assert_eq!(block.position(), 110);
        assert_eq!(
            block.next_line(&LINES),
            Some(Line::Text("also good".into()))
        );
    }

    #[test]
    fn the_end_of_a_line_that_was_handed_out_without_it_is_no_line() {
        let found = Block::whole_lines(&LINES, b"\r\nnext\n".to_vec(), 4, Before::Text);
        let Found::Lines(mut block) = found else {
            panic!("one line is a whole line");
        };
        assert_eq!(block.next_line(&LINES), Some(Line::Text("next".into())));
        assert_eq!(block.position(), 11);
    }
}
