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
    Object { members: MapBuilder, name: Str },
}

impl Open {
    /// How many members an object has room for at first, which saves most of them from growing.
    const MEMBERS: usize = 8;

    fn close(self) -> Value {
        match self {
            Self::Array(elements) => Value::Array(elements.into()),
            Self::Object { members, .. } => members.build(),
        }
    }
}

impl Reader<'_> {
    /// Consumes one schemaless value.
    ///
    /// # Errors
    ///
    /// It is not JSON, or a number does not fit.
    pub fn value(&mut self) -> Result<Value> {
        // Most objects hold no others: the innermost container needs no memory of its own.
        let (mut inner, mut around): (Option<Open>, Vec<Open>) = (None, Vec::new());
        loop {
            let mut value = match self.peek()? {
                Kind::Null => self.null().map(|()| Value::Null)?,
                Kind::Boolean => self.boolean()?.into(),
                Kind::Number => self.schemaless_number()?,
                Kind::String => self.string()?.into(),
                Kind::Array => {
                    self.begin_array()?;
                    if self.next_element()? {
                        around.extend(inner.replace(Open::Array(Vec::new())));
                        continue;
                    }
                    Value::Array(Default::default())
                }
                Kind::Object => {
                    self.begin_object()?;
                    if let Some(name) = self.next_key()? {
                        let members = MapBuilder::with_room(Open::MEMBERS);
                        around.extend(inner.replace(Open::Object { members, name }));
                        continue;
                    }
                    Value::Map(Default::default())
                }
            };
            // What was read goes into the innermost container; if that ends here, it goes into the next one.
            loop {
                match &mut inner {
                    None => return Ok(value),
                    Some(Open::Array(elements)) => {
                        elements.push(value);
                        if self.next_element()? {
                            break;
                        }
                    }
                    Some(Open::Object { members, name }) => {
                        members.insert(std::mem::take(name), value);
                        if let Some(next) = self.next_key()? {
                            *name = next;
                            break;
                        }
                    }
                }
                let closed = std::mem::replace(&mut inner, around.pop());
                value = closed.map_or(Value::Null, Open::close);
            }
        }
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
