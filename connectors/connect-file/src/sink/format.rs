//! [`Format`]: how a record's value is written.

use std::ops::Range;

use connect_api::{Dialect, Error, Result, Value, json, values::object_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a record's value is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// As Java's `println` writes it; text and bytes as they are.
    #[default]
    Text,
    /// As plain JSON on one line, without its schema.
    Json,
}

/// The values of a batch as they will be written.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    rendered: String,
}

/// One of these: a part of the record, or of [`Texts`].
#[derive(Debug)]
pub(crate) enum Text<'a> {
    Verbatim(&'a [u8]),
    Rendered(Range<usize>),
}

impl Texts {
    /// Adds a value.
    ///
    /// # Errors
    ///
    /// `Rejected`: there are bytes inside of it, which have no text form but in JSON.
    pub(crate) fn add<'a>(&mut self, format: Format, value: &'a Value) -> Result<Text<'a>> {
        let start = self.rendered.len();
        match (format, value) {
            (Format::Text, Value::String(text)) => return Ok(Text::Verbatim(text.as_bytes())),
            (Format::Text, Value::Bytes(bytes)) => return Ok(Text::Verbatim(bytes)),
            (Format::Text, Value::Null) => return Ok(Text::Verbatim(b"null")),
            (Format::Text, other) => {
                let text = object_text(other, Dialect::default())?;
                self.rendered.push_str(&text);
            }
            (Format::Json, value) => json::write(value, &mut self.rendered),
        }
        Ok(Text::Rendered(start..self.rendered.len()))
    }

    /// Returns the bytes of a text that was added.
    pub(crate) fn bytes<'a>(&'a self, text: &'a Text<'_>) -> &'a [u8] {
        match text {
            Text::Verbatim(bytes) => bytes,
            Text::Rendered(range) => &self.rendered.as_bytes()[range.clone()],
        }
    }
}

/// Reads a delimiter as options write it: `\n`, `\r`, `\t`, `\\`, and any byte as `\x1e`.
///
/// Options lose white space at both ends, so a line feed has to be written in letters.
///
/// # Errors
///
/// `Config`: it is empty, or a backslash stands before something else.
pub(crate) fn delimiter(text: &str) -> Result<Vec<u8>> {
    let wrong = |found: &str| {
        Error::config(format!(
            "expected text with \\n, \\r, \\t, \\\\ or \\x and two hexadecimal digits in it, found {found}"
        ))
    };
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, length) = match after.as_bytes() {
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = u8::from_str_radix(&after[1..3], 16);
                (byte.expect("two hexadecimal digits are a byte"), 3)
            }
            _ => return Err(wrong(&format!("`\\{after}`"))),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    if bytes.is_empty() {
        return Err(wrong("nothing"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_may_be_any_bytes() {
        for (text, expected) in [
            ("\\n", b"\n".as_slice()),
            ("\\r\\n", b"\r\n"),
            (", ", b", "),
            ("\\x00", b"\0"),
            ("a\\x1Eb\\\\n", b"a\x1eb\\n"),
        ] {
            assert_eq!(delimiter(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_delimiter_with_a_wrong_escape_is_refused() {
        for text in ["", "\\", "\\q", "\\x", "\\x1", "\\xgg", "\\xé"] {
            assert!(delimiter(text).is_err(), "{text}");
        }
    }
}
