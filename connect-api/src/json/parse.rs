//! JSON text to schemaless values.

use bytes::Bytes;

use super::{Kind, Number, Reader};
use crate::{Dialect, MapBuilder, Result, Str, Value};

/// Reads a schemaless value.
///
/// Integers become `Int64`, other numbers `Float64`, objects maps in the order of the text; of two members with one name
/// the later one counts. Text is a slice of `bytes`.
///
/// ```
/// use connect_api::{Bytes, Value, json};
///
/// let value = json::parse(&Bytes::from_static(br#"{"position": 30, "rate": 1e1}"#))?;
/// assert_eq!(value, Value::map([("position", Value::from(30i64)), ("rate", 10.0.into())]));
/// # Ok::<(), connect_api::Error>(())
/// ```
///
/// # Errors
///
/// It is not JSON, or a number does not fit. The message names the byte, what was expected and what was found.
pub fn parse(bytes: &Bytes) -> Result<Value> {
    parse_as(bytes, Dialect::Strict)
}

/// Reads a schemaless value in a dialect.
///
/// # Errors
///
/// As [`parse`]; in Java's dialect integers keep their low 64 bits, and numbers may become infinite.
pub fn parse_as(bytes: &Bytes, dialect: Dialect) -> Result<Value> {
    let text = Reader::text(bytes)?;
    let mut reader = Reader::new(&text, dialect);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

/// A container whose end has not been read.
enum Open {
    Array(Vec<Value>),
    Object(MapBuilder, Str),
}

impl Reader<'_> {
    /// Consumes one schemaless value.
    ///
    /// # Errors
    ///
    /// It is not JSON, or a number does not fit.
    pub fn value(&mut self) -> Result<Value> {
        let mut open = Vec::new();
        loop {
            let mut value = match self.peek()? {
                Kind::Null => self.null().map(|()| Value::Null)?,
                Kind::Boolean => self.boolean()?.into(),
                Kind::Number => self.schemaless_number()?,
                Kind::String => self.string()?.into(),
                Kind::Array => {
                    self.begin_array()?;
                    if self.next_element()? {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    Value::Array(Default::default())
                }
                Kind::Object => {
                    self.begin_object()?;
                    if let Some(name) = self.next_key()? {
                        open.push(Open::Object(MapBuilder::new(), name));
                        continue;
                    }
                    Value::Map(Default::default())
                }
            };
            loop {
                match open.pop() {
                    None => return Ok(value),
                    Some(container) => match self.put(container, value)? {
                        Placed::Open(container) => {
                            open.push(container);
                            break;
                        }
                        Placed::Closed(whole) => value = whole,
                    },
                }
            }
        }
    }

    fn put(&mut self, container: Open, value: Value) -> Result<Placed> {
        Ok(match container {
            Open::Array(mut elements) => {
                elements.push(value);
                if self.next_element()? {
                    Placed::Open(Open::Array(elements))
                } else {
                    Placed::Closed(Value::Array(elements.into()))
                }
            }
            Open::Object(mut members, name) => {
                members.insert(name, value);
                match self.next_key()? {
                    Some(name) => Placed::Open(Open::Object(members, name)),
                    None => Placed::Closed(members.build()),
                }
            }
        })
    }

    fn schemaless_number(&mut self) -> Result<Value> {
        let start = self.position();
        let number = self.number()?;
        if number.is_integer() {
            self.schemaless_integer(start, number)
        } else {
            let float = number.to_f64();
            match self.dialect() {
                Dialect::Strict if float.is_infinite() => {
                    Err(self.expected_at(start, "a number that fits float64"))
                }
                // Java reads through BigDecimal, which has no negative zero.
                Dialect::Java if float == 0.0 => Ok(0.0.into()),
                _ => Ok(float.into()),
            }
        }
    }

    fn schemaless_integer(&self, start: usize, number: Number<'_>) -> Result<Value> {
        match (number.to_i64(), self.dialect()) {
            (Some(integer), _) => Ok(integer.into()),
            (None, Dialect::Java) => Ok(number.wrapping_i64().into()),
            (None, _) => Err(self.expected_at(start, "an integer that fits int64")),
        }
    }
}

/// What became of a container that got a value.
enum Placed {
    Open(Open),
    Closed(Value),
}
