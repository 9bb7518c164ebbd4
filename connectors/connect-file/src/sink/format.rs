//! [`Format`]: how a record's value is written.

use std::ops::Range;

use connect_api::{Dialect, Result, Value, json, values::write_object_text};
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
                write_object_text(other, Dialect::default(), &mut self.rendered)?;
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
