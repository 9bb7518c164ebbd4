//! [`Reader`]: JSON text, token by token.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use super::{
    number::{self, Number},
    string::{self, Quoted},
};
use crate::{Dialect, Error, Result, Str};

const DEPTH: usize = 1000;

/// The six kinds of JSON values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8259 is closed")]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// Text in quotes.
    String,
    /// Values in brackets.
    Array,
    /// Names and values in braces.
    Object,
}

impl Kind {
    /// Names the kind as error messages do.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Reads JSON text token by token.
///
/// It needs no tree, no recursion, and no copy of text without escapes.
/// Nesting is limited to [`Reader::DEPTH`]. Every error names the byte, what was expected and what was found.
///
/// ```
/// use connect_api::{Bytes, Dialect, json::Reader};
///
/// let text = Reader::text(&Bytes::from_static(br#"{"id": 7, "tags": ["a", "b"]}"#))?;
/// let mut reader = Reader::new(&text, Dialect::Strict);
/// let mut tags = Vec::new();
/// reader.begin_object()?;
/// while let Some(name) = reader.next_name()? {
///     match &*name {
///         "tags" => {
///             reader.begin_array()?;
///             while reader.next_element()? {
///                 tags.push(reader.string()?);
///             }
///         }
///         _ => drop(reader.skip()?),
///     }
/// }
/// reader.end()?;
/// assert_eq!(tags, ["a", "b"]);
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a Str,
    at: usize,
    depth: usize,
    dialect: Dialect,
    place: Place,
    /// One bit per open container: set for objects.
    objects: [u64; DEPTH.div_ceil(64)],
}

/// Whether a comma must stand before the next element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    First,
    Later,
}

impl<'a> Reader<'a> {
    /// How deep arrays and objects may be nested, as in Jackson.
    pub const DEPTH: usize = DEPTH;

    /// Takes bytes as the text to read, without copying.
    ///
    /// # Errors
    ///
    /// They are not UTF-8.
    pub fn text(bytes: &Bytes) -> Result<Str> {
        Str::from_utf8(bytes.clone()).map_err(|error| {
            Error::rejected(format!(
                "json: byte {}: expected UTF-8, found {:#04x}",
                error.valid_up_to(),
                bytes[error.valid_up_to()]
            ))
        })
    }

    /// Starts at the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a Str, dialect: Dialect) -> Self {
        let at = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
        Self::starting_at(text, at, dialect)
    }

    /// Starts at byte `at` of `text`, where a value begins.
    #[must_use]
    pub fn starting_at(text: &'a Str, at: usize, dialect: Dialect) -> Self {
        Self {
            text,
            at,
            depth: 0,
            dialect,
            place: Place::Later,
            objects: [0; DEPTH.div_ceil(64)],
        }
    }

    /// Returns the rules it follows.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the whole text.
    #[must_use]
    pub fn source(&self) -> &'a Str {
        self.text
    }

    /// Returns the byte it has come to.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns the text that has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Returns whether nothing but white space follows.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.rest()
            .iter()
            .all(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r'))
    }

    /// Steps over `count` bytes that the caller knows.
    ///
    /// They may equal those of the last record, for example.
    pub fn advance(&mut self, count: usize) {
        self.at += count;
    }

    /// Returns the kind of the next value; nothing is consumed but white space.
    ///
    /// # Errors
    ///
    /// No value begins here.
    pub fn peek(&mut self) -> Result<Kind> {
        match self.skip_blanks() {
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            _ => Err(self.expected("a value")),
        }
    }

    /// Consumes `null`.
    ///
    /// # Errors
    ///
    /// Something else is there.
    pub fn null(&mut self) -> Result<()> {
        self.skip_blanks();
        if self.take_word(b"null") {
            Ok(())
        } else {
            Err(self.expected("null"))
        }
    }

    /// Consumes `true` or `false`.
    ///
    /// # Errors
    ///
    /// Something else is there.
    pub fn boolean(&mut self) -> Result<bool> {
        self.skip_blanks();
        if self.take_word(b"true") {
            Ok(true)
        } else if self.take_word(b"false") {
            Ok(false)
        } else {
            Err(self.expected("a boolean"))
        }
    }

    /// Consumes a number.
    ///
    /// # Errors
    ///
    /// Something else is there, or a number of more than [`Number::LENGTH`] characters.
    pub fn number(&mut self) -> Result<Number<'a>> {
        self.skip_blanks();
        let found = number::scan(self.text, self.at, self.dialect)
            .map_err(|refused| self.expected_at(self.at + refused.offset, refused.expected))?;
        self.at += found.text().len();
        Ok(found)
    }

    /// Consumes a string; without escapes it is a slice of the text.
    ///
    /// # Errors
    ///
    /// Something else is there, or an escape is not one.
    pub fn string(&mut self) -> Result<Str> {
        let quoted = self.quoted()?;
        Ok(if quoted.escapes > 0 {
            self.unescape(&quoted)?.into()
        } else {
            self.text.slice(quoted.range)
        })
    }

    /// Enters an array; [`next_element`](Self::next_element) goes on.
    ///
    /// # Errors
    ///
    /// Something else is there, or the nesting is too deep.
    pub fn begin_array(&mut self) -> Result<()> {
        self.begin(Kind::Array)
    }

    /// Moves to the next element of an array; `false` is its end.
    ///
    /// # Errors
    ///
    /// Neither a comma nor the end is there.
    pub fn next_element(&mut self) -> Result<bool> {
        self.advance_to_item(b']', "`,` or `]`")
    }

    /// Enters an object; [`next_name`](Self::next_name) goes on.
    ///
    /// # Errors
    ///
    /// Something else is there, or the nesting is too deep.
    pub fn begin_object(&mut self) -> Result<()> {
        self.begin(Kind::Object)
    }

    /// Moves to the next member of an object and returns its name.
    ///
    /// Answers `None` at the end.
    ///
    /// # Errors
    ///
    /// Neither a member nor the end is there.
    pub fn next_name(&mut self) -> Result<Option<Cow<'a, str>>> {
        let Some(quoted) = self.next_member()? else {
            return Ok(None);
        };
        if quoted.escapes > 0 {
            self.unescape(&quoted).map(|name| Some(Cow::Owned(name)))
        } else {
            Ok(Some(Cow::Borrowed(&self.text[quoted.range])))
        }
    }

    /// As [`next_name`](Self::next_name), with a name that shares the text's buffer.
    ///
    /// # Errors
    ///
    /// Neither a member nor the end is there.
    pub fn next_key(&mut self) -> Result<Option<Str>> {
        let Some(quoted) = self.next_member()? else {
            return Ok(None);
        };
        if quoted.escapes > 0 {
            self.unescape(&quoted).map(|name| Some(name.into()))
        } else {
            Ok(Some(self.text.slice(quoted.range)))
        }
    }

    /// Steps over one value and returns where it stands.
    ///
    /// # Errors
    ///
    /// It is not JSON.
    pub fn skip(&mut self) -> Result<Range<usize>> {
        self.skip_blanks();
        let (start, depth) = (self.at, self.depth);
        loop {
            match self.peek()? {
                Kind::Null => self.null()?,
                Kind::Boolean => self.boolean().map(drop)?,
                Kind::Number => self.number().map(drop)?,
                Kind::String => self.skip_string()?,
                Kind::Array => self.begin_array()?,
                Kind::Object => self.begin_object()?,
            }
            while self.depth > depth && !self.next_item()? {}
            if self.depth == depth {
                return Ok(start..self.at);
            }
        }
    }

    /// Checks that nothing but white space follows; Java's dialect looks behind numbers only.
    ///
    /// # Errors
    ///
    /// Something follows.
    pub fn end(&mut self) -> Result<()> {
        let behind_number = self.text.as_bytes()[..self.at]
            .last()
            .is_some_and(u8::is_ascii_digit);
        let here = self.at;
        let next = self.skip_blanks();
        let allowed = match self.dialect {
            Dialect::Java => !behind_number || self.at > here || next.is_none(),
            Dialect::Strict => next.is_none(),
        };
        if allowed {
            Ok(())
        } else {
            Err(self.expected("the end of the text"))
        }
    }

    /// Builds the error that says what was expected here.
    #[must_use]
    pub fn expected(&self, expected: &str) -> Error {
        self.expected_at(self.at, expected)
    }

    /// Builds the error that says what was expected at byte `at`.
    #[cold]
    #[must_use]
    pub fn expected_at(&self, at: usize, expected: &str) -> Error {
        let found = match self.text.get(at..) {
            Some(rest) if !rest.is_empty() => format!("`{}`", token(rest)),
            _ => "the end".to_owned(),
        };
        Error::rejected(format!(
            "json: byte {at}: expected {expected}, found {found}, in `{}`",
            surroundings(self.text, at)
        ))
    }

    fn skip_blanks(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                other => return Some(*other),
            }
        }
        None
    }

    fn take_word(&mut self, word: &[u8]) -> bool {
        let rest = self.rest();
        let next = rest.get(word.len()).copied().unwrap_or_default();
        let taken =
            rest.starts_with(word) && !(next.is_ascii_alphanumeric() || next == b'_' || next > 127);
        if taken {
            self.at += word.len();
        }
        taken
    }

    fn quoted(&mut self) -> Result<Quoted> {
        if self.skip_blanks() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let quoted = string::scan(self.text, self.at)
            .map_err(|refused| self.expected_at(refused.offset, refused.expected))?;
        self.at = quoted.range.end + 1;
        Ok(quoted)
    }

    fn unescape(&self, quoted: &Quoted) -> Result<String> {
        string::unescape(&self.text[quoted.range.clone()], self.dialect).map_err(|refused| {
            self.expected_at(quoted.range.start + refused.offset, refused.expected)
        })
    }

    fn skip_string(&mut self) -> Result<()> {
        let quoted = self.quoted()?;
        if quoted.escapes > 0 {
            self.unescape(&quoted)?;
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind) -> Result<()> {
        let (open, mask) = match kind {
            Kind::Object => (b'{', 1),
            _ => (b'[', 0),
        };
        if self.skip_blanks() != Some(open) {
            return Err(self.expected(kind.name()));
        }
        if self.depth == Self::DEPTH {
            return Err(self.expected("at most 1000 levels of nesting"));
        }
        let (word, bit) = (self.depth / 64, self.depth % 64);
        self.objects[word] = self.objects[word] & !(1 << bit) | mask << bit;
        self.at += 1;
        self.depth += 1;
        self.place = Place::First;
        Ok(())
    }

    /// Moves to the next element or member of whatever is open; `false` is its end.
    fn next_item(&mut self) -> Result<bool> {
        let (word, bit) = ((self.depth - 1) / 64, (self.depth - 1) % 64);
        if self.objects[word] >> bit & 1 == 0 {
            return self.next_element();
        }
        let Some(quoted) = self.next_member()? else {
            return Ok(false);
        };
        if quoted.escapes > 0 {
            self.unescape(&quoted)?;
        }
        Ok(true)
    }

    fn next_member(&mut self) -> Result<Option<Quoted>> {
        if !self.advance_to_item(b'}', "`,` or `}`")? {
            return Ok(None);
        }
        let name = self.quoted()?;
        if self.skip_blanks() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok(Some(name))
    }

    /// Steps over a member to its value, whose bytes the caller knows.
    pub(super) fn take_member(&mut self, count: usize) {
        self.at += count;
        self.place = Place::Later;
    }

    fn advance_to_item(&mut self, close: u8, expected: &str) -> Result<bool> {
        let place = std::mem::replace(&mut self.place, Place::Later);
        match (self.skip_blanks(), place) {
            (Some(byte), _) if byte == close => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            (Some(b','), Place::Later) => {
                self.at += 1;
                Ok(true)
            }
            (Some(_), Place::First) => Ok(true),
            _ => Err(self.expected(expected)),
        }
    }
}

/// How much of the text a message shows.
const SHOWN: usize = 40;

/// Returns the token at the beginning of `rest`, shortened.
fn token(rest: &str) -> String {
    let mut characters = rest.chars();
    let first = characters.next().unwrap_or_default();
    let more: String = if first == '"' {
        let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
        rest[1..end].to_owned()
    } else if first.is_ascii_alphanumeric() || first == '-' {
        let is_word =
            |character: &char| character.is_ascii_alphanumeric() || "+-.".contains(*character);
        characters.take_while(is_word).collect()
    } else {
        String::new()
    };
    let mut token: String = std::iter::once(first)
        .chain(more.chars())
        .take(SHOWN)
        .map(visible)
        .collect();
    if more.chars().nth(SHOWN - 1).is_some() {
        token.push('…');
    }
    token
}

/// Returns the text around `at`, from its beginning if that is near.
fn surroundings(text: &str, at: usize) -> String {
    let start = if at < SHOWN {
        0
    } else {
        text.floor_char_boundary(at - SHOWN / 2)
    };
    let mut shown = String::from(if start > 0 { "…" } else { "" });
    shown.extend(text[start..].chars().take(SHOWN).map(visible));
    if text[start..].chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Messages are one line: a control character is shown as one that is not there.
fn visible(character: char) -> char {
    if character.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        character
    }
}
