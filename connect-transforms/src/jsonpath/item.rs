//! [`Item`]: a value as conditions compare it.

use std::cmp::Ordering;

use connect_api::{Decimal, Value};

use super::{Found, search::Stop};
use crate::{number::Number, pattern::Pattern};

/// A value as conditions compare it: as JSON would show it, without making JSON of it.
///
/// Dates, times and timestamps are numbers, as in Connect's JSON.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    /// What is not there; it equals nothing, itself included.
    Nothing,
    Null,
    Boolean(bool),
    Number(Number<'a>),
    Text(&'a str),
    Array(&'a [Value]),
    /// What an indefinite path leads to.
    Found(Vec<&'a Value>),
    /// A map, a struct or bytes.
    Other(&'a Value),
}

impl<'a> Item<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::String(text) => Self::Text(text),
            Value::Array(elements) => Self::Array(elements),
            other => Number::of(other).map_or(Self::Other(other), Self::Number),
        }
    }

    pub(super) fn found(found: Found<'a>) -> Self {
        match found {
            Found::Missing => Self::Nothing,
            Found::One(value) => Self::of(value),
            Found::Several(values) => Self::Found(values),
        }
    }

    pub(super) fn count(count: usize) -> Self {
        Self::Number(Number::Integer(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// Returns the elements of an array.
    pub(super) fn elements(&self) -> Option<Vec<Self>> {
        match self {
            Self::Array(elements) => Some(elements.iter().map(Self::of).collect()),
            Self::Found(values) => Some(values.iter().copied().map(Self::of).collect()),
            _ => None,
        }
    }

    /// Returns how many elements, entries, fields or characters there are.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Self::Text(text) => Some(text.chars().count()),
            Self::Array(elements) => Some(elements.len()),
            Self::Found(values) => Some(values.len()),
            Self::Other(Value::Map(entries)) => Some(entries.len()),
            Self::Other(Value::Struct(fields)) => Some(fields.values().len()),
            _ => None,
        }
    }

    /// Returns how many elements or characters there are.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Other(_) => None,
            _ => self.length(),
        }
    }

    /// Returns whether this is an array with such an element.
    pub(super) fn has(&self, item: &Item<'_>) -> bool {
        match self {
            Self::Array(elements) => elements.iter().any(|other| Item::of(other).equals(item)),
            Self::Found(values) => values.iter().any(|other| Item::of(other).equals(item)),
            _ => false,
        }
    }

    /// Returns whether this is a text with that text in it.
    pub(super) fn has_text(&self, item: &Item<'_>) -> bool {
        matches!((self, item), (Self::Text(text), Item::Text(part)) if text.contains(part))
    }

    /// Compares as Jayway's `==` does, for which 7 equals '7'.
    pub(super) fn equals(&self, other: &Item<'_>) -> bool {
        match (self, other) {
            (Self::Number(number), Item::Text(text)) => is_text_of(*number, text),
            (Self::Text(text), Item::Number(number)) => is_text_of(*number, text),
            _ => self.is_identical(other),
        }
    }

    /// Compares values of one type.
    pub(super) fn is_identical(&self, other: &Item<'_>) -> bool {
        match (self, other) {
            (Self::Null, Item::Null) => true,
            (Self::Boolean(one), Item::Boolean(two)) => one == two,
            (Self::Number(one), Item::Number(two)) => one.equals(*two),
            (Self::Text(one), Item::Text(two)) => one == two,
            (Self::Other(one), Item::Other(two)) => one == two,
            _ => match (self.elements(), other.elements()) {
                (Some(one), Some(two)) => {
                    one.len() == two.len()
                        && one.iter().zip(&two).all(|(one, two)| match (one, two) {
                            (Self::Array(one), Item::Array(two)) => one == two,
                            _ => one.is_identical(two),
                        })
                }
                _ => false,
            },
        }
    }

    /// Compares two numbers or two texts.
    pub(super) fn compare(&self, other: &Item<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(one), Item::Number(two)) => one.compare(*two),
            (Self::Text(one), Item::Text(two)) => Some(one.cmp(two)),
            _ => None,
        }
    }

    /// Returns whether all of the text matches, or of that of one element.
    pub(super) fn matches(&self, pattern: &Pattern) -> Result<bool, Stop> {
        if let Some(elements) = self.elements() {
            for element in elements {
                if !matches!(element, Self::Array(_)) && element.matches(pattern)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let matches = match self {
            Self::Text(text) => pattern.matches(text),
            Self::Boolean(truth) => pattern.matches(if *truth { "true" } else { "false" }),
            Self::Number(number) => pattern.matches(&number.text()),
            _ => Ok(false),
        };
        matches.map_err(Stop::Refused)
    }
}

fn is_text_of(number: Number<'_>, text: &str) -> bool {
    let text = text.parse::<Decimal>();
    text.is_ok_and(|text| number.equals(Number::Decimal(&text)))
}
