//! [`Failure`]: what did not fit, and where.

use std::fmt;

use serde::{
    de::{self, Expected, Unexpected},
    ser,
};

use crate::Error;

/// What did not fit, and where; the path grows while the failure travels outwards.
#[derive(Debug)]
pub(crate) struct Failure {
    /// From the innermost segment to the outermost.
    path: Vec<Segment>,
    message: String,
}

#[derive(Debug)]
enum Segment {
    Field(String),
    Index(usize),
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            message: message.into(),
        }
    }

    pub(crate) fn expected(expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    pub(crate) fn in_field(mut self, name: impl fmt::Display) -> Self {
        self.path.push(Segment::Field(name.to_string()));
        self
    }

    /// The names of the fields that lead to the failure, from the outermost on.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let named = self.path.iter().rev().map_while(|segment| match segment {
            Segment::Field(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        });
        named.collect()
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn at_index(mut self, index: usize) -> Self {
        self.path.push(Segment::Index(index));
        self
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::rejected(failure.to_string())
    }
}

/// ``field `order.lines[2].price`: expected f64, found string "twelve"``
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str("field `")?;
            for (depth, segment) in self.path.iter().rev().enumerate() {
                match segment {
                    Segment::Field(name) if depth == 0 => f.write_str(name)?,
                    Segment::Field(name) => write!(f, ".{name}")?,
                    Segment::Index(index) => write!(f, "[{index}]")?,
                }
            }
            f.write_str("`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl ser::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, Found(found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, Found(found))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected, format_args!("{length} elements"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::expected(OneOf(expected), format_args!("`{variant}`"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::expected(OneOf(expected), format_args!("field `{field}`"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::expected("a value", "nothing").in_field(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::expected("one value", "two").in_field(field)
    }
}

struct OneOf(&'static [&'static str]);

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "nothing"
        } else {
            "one of "
        })?;
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}`{name}`", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Like [`Unexpected`], with Connect's names of types, and long text cut.
struct Found<'a>(Unexpected<'a>);

impl Found<'_> {
    const SHOWN: usize = 60;
}

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Unit => f.write_str("null"),
            Unexpected::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Unexpected::Seq => f.write_str("array"),
            Unexpected::Signed(number) => write!(f, "integer {number}"),
            Unexpected::Unsigned(number) => write!(f, "integer {number}"),
            Unexpected::Float(number) => write!(f, "number {number:?}"),
            Unexpected::Str(text) => match text.char_indices().nth(Self::SHOWN) {
                None => write!(f, "string {text:?}"),
                Some((end, _)) => write!(f, "string {:?}…", &text[..end]),
            },
            other => other.fmt(f),
        }
    }
}
