//! [`Multiline`]: several lines that are one record.

use std::collections::VecDeque;

use connect_api::{Error, Result};
use memchr::memchr2;
use regex::bytes::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a line says about its record if it matches `multiline.pattern`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MultilineMode {
    /// It begins a record, as a line with a timestamp does.
    #[default]
    Start,
    /// It belongs to the record of the line before it, as the lines of a stack trace do.
    Continuation,
    /// It is the last one of its record, as a closing line is.
    End,
}

/// Which lines are one record together.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) pattern: Regex,
    pub(crate) mode: MultilineMode,
    /// What a match means.
    pub(crate) sense: Sense,
    /// The most lines of a record; the next one begins another.
    pub(crate) most_lines: usize,
}

/// Whether lines that match are meant, or the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sense {
    Matching,
    Others,
}

impl Rule {
    /// Reads the pattern.
    ///
    /// # Errors
    ///
    /// `Config`: it is no regular expression.
    pub(crate) fn pattern(text: &str) -> Result<Regex> {
        Regex::new(text).map_err(|error| {
            let expected = "expected a regular expression, found";
            Error::config(format!("{expected} {text:?}")).with_source(error)
        })
    }

    fn means(&self, line: &[u8]) -> bool {
        self.pattern.is_match(line) == (self.sense == Sense::Matching)
    }
}

/// Where one record ends, counted from the same byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The place after its text.
    pub(crate) text: usize,
    /// The place after what ends it.
    pub(crate) end: usize,
}

/// Whether more may follow some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// The last line may lack its end, and the last record its other lines.
    Open,
    Complete,
}

/// Cuts lines into records of several.
#[derive(Debug)]
pub(crate) struct Multiline {
    rule: Rule,
    /// How many bytes a record may have; a line that would make it longer begins another.
    longest: usize,
}

impl Multiline {
    pub(crate) fn new(rule: Rule, longest: usize) -> Self {
        Self { rule, longest }
    }

    /// Finds the records in `bytes`, which begin with one; what may go on is left unless nothing follows.
    pub(crate) fn cut(&self, bytes: &[u8], rest: Rest) -> VecDeque<Span> {
        let mut spans = VecDeque::new();
        let (mut start, mut count, mut last) = (0, 0, Span { text: 0, end: 0 });
        let mut at = 0;
        while let Some(line) = line(&bytes[at..], rest) {
            let (text, end) = (at + line.text, at + line.end);
            let line = &bytes[at..text];
            if count > 0 && (self.begins(line) || text - start > self.longest) {
                spans.push_back(last);
                (start, count) = (at, 0);
            }
            count += 1;
            last = Span { text, end };
            let is_last = self.rule.mode == MultilineMode::End && self.rule.means(line);
            if is_last || count == self.rule.most_lines {
                spans.push_back(last);
                (start, count) = (end, 0);
            }
            at = end;
        }
        // The line that has no end yet would make it too long, whatever it is.
        let is_full = bytes.len() - start > self.longest;
        if count > 0 && (rest == Rest::Complete || is_full) {
            spans.push_back(last);
        }
        spans
    }

    fn begins(&self, line: &[u8]) -> bool {
        match self.rule.mode {
            MultilineMode::Start => self.rule.means(line),
            MultilineMode::Continuation => !self.rule.means(line),
            MultilineMode::End => false,
        }
    }
}

/// Finds the line that `bytes` start with.
fn line(bytes: &[u8], rest: Rest) -> Option<Span> {
    match memchr2(b'\n', b'\r', bytes) {
        Some(text) => {
            let length = if bytes[text..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
            let end = text + length;
            Some(Span { text, end })
        }
        None if rest == Rest::Complete && !bytes.is_empty() => Some(Span {
            text: bytes.len(),
            end: bytes.len(),
        }),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, mode: MultilineMode) -> Rule {
        Rule {
            pattern: Rule::pattern(pattern).unwrap(),
            mode,
            sense: Sense::Matching,
            most_lines: 4,
        }
    }

    #[track_caller]
    fn check(rule: Rule, text: &str, expected: &[&str]) {
        let spans = Multiline::new(rule, 20).cut(text.as_bytes(), Rest::Open);
        let starts = std::iter::once(0).chain(spans.iter().map(|span| span.end));
        let found: Vec<_> = starts
            .zip(&spans)
            .map(|(start, span)| &text[start..span.text])
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_line_may_begin_a_record() {
        let rule = rule("^[0-9]", MultilineMode::Start);
        check(rule.clone(), "1\n a\r\n b\n2\n3\n", &["1\n a\r\n b", "2"]);
        check(rule, " a\n1\n", &[" a"]);
    }

    #[test]
    fn a_line_may_continue_a_record() {
        let rule = rule("^ ", MultilineMode::Continuation);
        check(rule.clone(), "1\n a\n2\n3\n", &["1\n a", "2"]);
        let others = Rule {
            sense: Sense::Others,
            ..rule
        };
        check(others, " 1\na\n 2\n", &[" 1\na"]);
    }

    #[test]
    fn a_line_may_end_a_record() {
        check(
            rule(";$", MultilineMode::End),
            "a\nb;\nc;\nd\n",
            &["a\nb;", "c;"],
        );
    }

    #[test]
    fn a_record_has_no_more_lines_and_bytes_than_allowed() {
        let rule = rule("^x", MultilineMode::Start);
        check(rule.clone(), "1\n2\n3\n4\n5\n", &["1\n2\n3\n4"]);
        check(
            rule.clone(),
            "12345678\n12345678\n12345678\n",
            &["12345678\n12345678"],
        );
        check(rule, "12345678\n12345678901234567", &["12345678"]);
    }
}
